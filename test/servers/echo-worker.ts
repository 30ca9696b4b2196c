/** Says what it was given, then gives back what it is told. */
import { Decimal } from 'tickmark';
import { workerLink } from './worker-link.js';

const { args, messages, send } = workerLink<{ price: string }, number, unknown>();
send({ args, doubled: Decimal.from(args.price).times(Decimal.from(2)).toString() });
process.stderr.write('ready\n');
for await (const message of messages) {
  if (message < 0) throw new Error('negative');
  send({ message });
}
