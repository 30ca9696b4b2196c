/**
 * Makes Vue hold objects of a class as they are, in `ref()`, `reactive()` and `data()`: its proxies cannot read private fields. Vue asks
 * each object for this name.
 */
export function keepRaw({ prototype }: { readonly prototype: object }): void {
  Object.defineProperty(prototype, '__v_skip', { value: true });
}
