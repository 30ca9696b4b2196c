/** What may be said of a driver's error: no statement, parameter, host, user or password, which drivers attach. */
export interface DriverFailure {
  /** SQLSTATE of the server, or the driver's or system's code such as ECONNRESET, where there is one. */
  readonly code: string | undefined;
  readonly message: string;
}

/** Takes what may be said out of an error of a driver. */
export function describeFailure(error: unknown): DriverFailure {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return {
    code: typeof code === 'string' ? code : undefined,
    message: withoutSecrets(typeof message === 'string' ? message : 'unknown failure'),
  };
}

// Credentials within a URL, and whatever is named a password.
const URL_CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi;
const NAMED_SECRET = /(pass(?:word|wd)?|pwd|secret)(["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&}]+)/gi;

function withoutSecrets(text: string): string {
  return text.replace(URL_CREDENTIALS, '$1***@').replace(NAMED_SECRET, '$1$2***');
}
