import { TickmarkError } from '../../core/errors.js';
import type { ErrorCode } from '../../core/error-code.js';

/**
 * The `cause` of errors of `KafkaPriceStreamAdapter`: message and code of the client's error. The error itself is left out, since clients
 * attach brokers, users and whole configurations to it, which must not get into logs.
 *
 * @example
 * ```ts
 * import type { TickmarkError } from 'tickmark';
 * import { KafkaClientError } from 'tickmark/kafka';
 *
 * const onError = ({ message, cause }: TickmarkError): void => {
 *   console.error(message, cause instanceof KafkaClientError ? cause.code : undefined);
 * };
 * ```
 */
export class KafkaClientError extends Error {
  /** The error's code or name, such as `KafkaJSConnectionError`, if there is one. */
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.name = 'KafkaClientError';
    this.code = code;
  }

  /** Makes one from an error of a client; `secrets` are masked in its message. */
  static of(error: unknown, secrets: readonly string[]): KafkaClientError {
    const { name, code, message } = (error ?? {}) as { name?: unknown; code?: unknown; message?: unknown };
    const text = typeof message === 'string' && message !== '' ? message : 'the client gave no reason';
    const label = [code, name].find((each) => typeof each === 'string' && each !== 'Error');
    return new KafkaClientError(withoutSecrets(text, secrets), label as string | undefined);
  }
}

/** The `TickmarkError` for an error of the client: `UNAUTHORIZED` if the brokers refuse the login, otherwise `STREAM_FAILED`. */
export function kafkaError(what: string, error: unknown, secrets: readonly string[]): TickmarkError {
  if (error instanceof TickmarkError) return error;
  const cause = KafkaClientError.of(error, secrets);
  const code: ErrorCode = isRefusal(cause) ? 'UNAUTHORIZED' : 'STREAM_FAILED';
  const label = cause.code === undefined ? '' : ` (${cause.code})`;
  return new TickmarkError(code, `KafkaPriceStreamAdapter: ${what}: ${cause.message}${label}`, {
    cause,
    retryable: code === 'STREAM_FAILED',
  });
}

function isRefusal({ code, message }: KafkaClientError): boolean {
  return /SASLAuthentication|AUTHORIZATION_FAILED/i.test(code ?? '') || /not authorized/i.test(message);
}

// Credentials in a URL, and values named password, secret or token.
const URL_CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)\S*@/gi;
const NAMED_SECRET =
  /((?:sasl\.)?pass(?:word|wd|phrase)?|pwd|secret|token)(["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&}]+)/gi;

function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text.replace(URL_CREDENTIALS, '$1***@').replace(NAMED_SECRET, '$1$2***');
  for (const secret of secrets) if (secret !== '') clean = clean.replaceAll(secret, '***');
  return clean;
}
