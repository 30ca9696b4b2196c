// Preloaded into programs of the documentation: names of other machines cannot be resolved, so no program reaches the network.
import dns from 'node:dns';
import { isIP } from 'node:net';

const { lookup } = dns;
dns.lookup = (name, options, callback = options) => {
  if (name === 'localhost' || isIP(name)) return lookup(name, options, callback);
  const error = new Error(`getaddrinfo ENOTFOUND ${name}`);
  process.nextTick(callback, Object.assign(error, { code: 'ENOTFOUND', hostname: name }));
};
