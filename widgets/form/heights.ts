// In charge of what a framed form and the page around it tell each other: a height, and that something was sent.

export const KIND = "madoguchi:form";

export interface Told {
  kind: typeof KIND;
  form: string;
  event: "height" | "sent" | "close";
  height?: number;
  ticket?: string;
}

/** Whether a message is one of ours, of the form named. */
export function isTold(data: unknown, form: string): data is Told {
  if (typeof data !== "object" || data === null) return false;
  const told = data as Partial<Told>;
  return told.kind === KIND && told.form === form && typeof told.event === "string";
}
