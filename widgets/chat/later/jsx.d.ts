/** The later parts are handed `h`, which is no namespace to look for element types in: they are preact's. */
import type { JSX as Preact } from "preact";

declare global {
  namespace JSX {
    type Element = Preact.Element;
    interface IntrinsicElements extends Preact.IntrinsicElements {}
    interface IntrinsicAttributes extends Preact.IntrinsicAttributes {}
    interface ElementChildrenAttribute extends Preact.ElementChildrenAttribute {}
  }
}
