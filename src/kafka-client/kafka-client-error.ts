import { TickmarkError } from '../core/errors.js';
import type { ErrorCode } from '../core/error-code.js';
import { errorText } from '../core/error-text.js';

/**
 * The `cause` of errors of `KafkaPriceStreamAdapter` and `KafkaFillStream`: message and code of the client's error. The error itself is left out, since clients
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
    const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
    const label = [code, name].find((each) => typeof each === 'string' && each !== 'Error');
    return new KafkaClientError(withoutSecrets(errorText(error), secrets), label as string | undefined);
  }
}

/** What an error is of, and what its message must not show. */
export interface KafkaErrorSource {
  /** Name of the class. */
  readonly name: string;
  readonly secrets: readonly string[];
  /** Code of errors other than a refused login. Default `STREAM_FAILED`. */
  readonly code?: ErrorCode;
}

/** The `TickmarkError` for an error of the client: `UNAUTHORIZED` if the brokers refuse the login, otherwise the code of the source. */
export function kafkaError(
  { name, secrets, code: failed = 'STREAM_FAILED' }: KafkaErrorSource,
  what: string,
  error: unknown,
): TickmarkError {
  if (error instanceof TickmarkError) return error;
  const cause = KafkaClientError.of(error, secrets);
  const codec = missingCodec(cause.message);
  if (codec) return new TickmarkError(failed, `${name}: ${what}: ${codec}`, { cause });
  const code: ErrorCode = isRefusal(cause) ? 'UNAUTHORIZED' : failed;
  const label = cause.code === undefined ? '' : ` (${cause.code})`;
  return new TickmarkError(code, `${name}: ${what}: ${cause.message}${label}`, {
    cause,
    retryable: code === failed,
  });
}

// Packages that register a codec with kafkajs, and the name of the codec there.
const CODECS: readonly (readonly [said: RegExp, type: string, npmPackage: string, codec: string])[] = [
  [/snappy compression not implemented/i, 'Snappy', 'kafkajs-snappy', 'SnappyCodec'],
  [/lz4 compression not implemented/i, 'LZ4', 'kafkajs-lz4', 'new LZ4().codec'],
  [
    /zstd compression not implemented/i,
    'ZSTD',
    'fzstd',
    '() => ({ decompress: async (bytes) => Buffer.from(decompress(bytes)) })',
  ],
];

function missingCodec(message: string): string | undefined {
  const found = CODECS.find(([said]) => said.test(message));
  if (!found) return undefined;
  const [, type, npmPackage, codec] = found;
  return (
    `records are compressed with ${type}, which kafkajs cannot read without a package. Install ${npmPackage}, and register it before connect(): ` +
    `CompressionCodecs[CompressionTypes.${type}] = ${codec} (from kafkajs); docs/streams/kafka.md has all three`
  );
}

// Errors of kafkajs, and codes of Node.js.
const OUTAGES =
  /^KafkaJS(GroupCoordinatorNotFound|Connection|BrokerNotFound|NoBroker|\w*Timeout)|^(ECONN\w+|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH)$/;

/** Whether an error of {@link kafkaError} says that no broker could be reached, also where the client calls it final. */
export function isOutage({ cause }: TickmarkError): boolean {
  return cause instanceof KafkaClientError && OUTAGES.test(cause.code ?? '');
}

function isRefusal({ code, message }: KafkaClientError): boolean {
  return /AUTHENTICATION|AUTHORIZATION_FAILED/i.test(code ?? '') || /not authorized/i.test(message);
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
