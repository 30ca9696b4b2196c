import { TickmarkError, type ErrorCode } from '../../core/errors.js';

/**
 * What may be said of a client's error, as the `cause` of ours: clients attach brokers, users and whole configurations to
 * theirs, none of which belongs into a log.
 */
export class KafkaClientError extends Error {
  /** The client's name of the error, such as `KafkaJSConnectionError`, or its code, where there is one. */
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.name = 'KafkaClientError';
    this.code = code;
  }

  /** The failure that an error of a client tells of; texts in `secrets` are blotted out of it. */
  static of(error: unknown, secrets: readonly string[]): KafkaClientError {
    const { name, code, message } = (error ?? {}) as { name?: unknown; code?: unknown; message?: unknown };
    const text = typeof message === 'string' && message !== '' ? message : 'no reason was given';
    const label = [code, name].find((each) => typeof each === 'string' && each !== 'Error');
    return new KafkaClientError(withoutSecrets(text, secrets), label as string | undefined);
  }
}

/** The error of ours for one of the client: `UNAUTHORIZED` where it was not let in, otherwise `STREAM_FAILED`. */
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

// Credentials within a URL, and whatever is named a password.
const URL_CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)\S*@/gi;
const NAMED_SECRET =
  /((?:sasl\.)?pass(?:word|wd|phrase)?|pwd|secret|token)(["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&}]+)/gi;

function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text.replace(URL_CREDENTIALS, '$1***@').replace(NAMED_SECRET, '$1$2***');
  for (const secret of secrets) if (secret !== '') clean = clean.replaceAll(secret, '***');
  return clean;
}
