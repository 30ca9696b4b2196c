/** The token of a provider. */
export type Token = symbol | (abstract new (...given: never[]) => unknown);

/** A factory provider, as in NestJS. */
export interface Provider {
  readonly provide: Token;
  /** Arguments of the factory, in this order. */
  readonly inject?: readonly Token[];
  readonly useFactory: (...given: never[]) => unknown;
}

/** Creates every provider once, after those that it needs; `close()` calls each `onModuleDestroy`. */
export async function createModule(providers: readonly Provider[]) {
  const parts = new Map<Token, Promise<unknown>>();
  const get = <Part>(token: Token): Promise<Part> => {
    if (!parts.has(token)) parts.set(token, make(token));
    return parts.get(token) as Promise<Part>;
  };
  const make = async (token: Token): Promise<unknown> => {
    const provider = providers.find(({ provide }) => provide === token);
    if (!provider) throw new Error(`Nothing provides ${String(token)}.`);
    const given = await Promise.all((provider.inject ?? []).map((each) => get(each)));
    return provider.useFactory(...(given as never[]));
  };
  await Promise.all(providers.map(({ provide }) => get(provide)));
  const close = async (): Promise<void> => {
    for (const part of await Promise.all(parts.values()))
      await (part as { onModuleDestroy?(): Promise<void> }).onModuleDestroy?.();
  };
  return { get, close };
}
