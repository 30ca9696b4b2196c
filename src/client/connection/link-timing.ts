/** Least time between two replacements of a connection that cannot change its topics. */
export const REPLACE_PAUSE_MS = 250;
/** How long a connection must have delivered values before its end counts as a first failure. */
export const PROVEN_MS = 1000;
/** How long unwanted topics stay subscribed where removing them takes a new connection. */
export const SURPLUS_MS = 5000;
/** Wait before a topic whose source was busy is requested again. */
export const BUSY_MS = 1000;
/** An authorization is renewed after this share of its life. */
export const RENEW_AT = 0.8;
