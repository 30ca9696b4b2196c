import { errorText } from '../../../core/error-text.js';
import { ClientError, unknownTopic } from '../client-error.js';
import type { PlatformaticClient } from './platformatic-module.js';

interface PlatformaticError {
  readonly code?: unknown;
  readonly apiId?: unknown;
  readonly canRetry?: unknown;
  readonly errors?: unknown;
  readonly cause?: unknown;
}

/** An error of `@platformatic/kafka` in the terms of kafkajs: that which a broker has sent, or the innermost one. */
export function platformaticError(error: unknown): unknown {
  if (error instanceof ClientError || !(error instanceof Error)) return error;
  const all = flat(error);
  const found = all.find(({ apiId }) => typeof apiId === 'string') ?? all.at(-1)!;
  const message = errorText(found);
  const code = typeof found.code === 'string' ? found.code : undefined;
  const missing = /^Unknown topic (.+)\.$/.exec(message);
  if (missing) return unknownTopic(missing[1]!);
  if (typeof found.apiId === 'string')
    return new ClientError({ message, type: found.apiId, retriable: found.canRetry === true });
  const isNetwork = code === undefined || code === 'PLT_KFK_NETWORK' || code === 'PLT_KFK_TIMEOUT';
  return new ClientError({ message, code, retriable: isNetwork });
}

/** Itself and all inside, from the outermost on. */
function flat(error: PlatformaticError): PlatformaticError[] {
  const inner = [...(Array.isArray(error.errors) ? (error.errors as PlatformaticError[]) : []), error.cause];
  return [error, ...inner.flatMap((each) => (each ? flat(each as PlatformaticError) : []))];
}

/** Calls a client, which makes new connections after one has not answered. @throws as {@link platformaticError}. */
export async function calling<Result>(
  client: PlatformaticClient | null,
  call: () => Promise<Result>,
): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    const failure = platformaticError(error);
    if (client && isTimeout(failure)) dropConnections(client);
    throw failure;
  }
}

/** Whether a broker has not answered. */
export function isTimeout(error: unknown): boolean {
  return /timed out/i.test(String((error as { message?: unknown } | null)?.message));
}

/** Closes all connections of a client, which makes new ones: it would wait on one that is dead for as long as the system keeps it. */
export function dropConnections(client: PlatformaticClient): void {
  for (const [, connection] of client.connections) void connection.close().catch(() => undefined);
}
