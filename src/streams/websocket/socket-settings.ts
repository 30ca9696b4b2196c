/** Settings of sockets. */
export interface SocketSettings {
  /** Frames of more bytes are dropped and counted. */
  readonly maxFrameBytes: number;
  /** Whether to offer permessage-deflate (`ws` only; a browser decides by itself). */
  readonly compression: boolean;
  /** Makes the TCP connections (`ws` only). */
  readonly agent?: object | undefined;
  /** Masks secrets in a string. */
  readonly redact: (text: string) => string;
  /** Time now, ms since 1970. */
  readonly now: () => number;
}

/** Reason of a frame that is dropped because of its size. */
export const TOO_BIG = 'too-big';

/** The message of a close. */
export function closeMessage(code: number, reason: string, redact: (text: string) => string): string {
  const detail = reason === '' ? '' : `: ${redact(reason)}`;
  return code === 1006
    ? 'The connection was lost without a closing handshake.'
    : `The venue closed the connection with code ${code}${detail}.`;
}
