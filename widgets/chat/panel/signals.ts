/**
 * In charge of signals for the panel, in place of the library's: one screen that is painted whole needs no threads
 * between values and their readers. Any change runs every effect once, after the code that made it.
 */
export interface Signal<T> {
  value: T;
  peek(): T;
  subscribe(run: (value: T) => void): () => void;
}

const effects = new Set<() => void>();
let due = false;

function changed(): void {
  if (due) return;
  due = true;
  queueMicrotask(() => {
    due = false;
    for (const run of [...effects]) run();
  });
}

export function effect(run: () => void): () => void {
  effects.add(run);
  run();
  return () => void effects.delete(run);
}

export function signal<T>(value: T): Signal<T> {
  const peek = () => value;
  return {
    get value() {
      return value;
    },
    set value(next) {
      if (next === value) return;
      value = next;
      changed();
    },
    peek,
    subscribe: (run) => effect(() => run(value)),
  };
}

/** Changes are put together anyway. */
export const batch = (run: () => void): void => run();
