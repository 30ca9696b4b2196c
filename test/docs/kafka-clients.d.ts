// What the documentation uses of the clients of Kafka that `npm ci` does not install. That their own types fit is checked where they are
// installed: test/kafka/clients/kafka-clients.types.services.test.ts.
declare module '@platformatic/kafka' {
  import type { PlatformaticModule } from 'tickmark/kafka';

  export const Consumer: PlatformaticModule['Consumer'];
  export const Producer: PlatformaticModule['Producer'];
  export const Admin: PlatformaticModule['Admin'];
}

declare module '@confluentinc/kafka-javascript' {
  import type { ConfluentModule } from 'tickmark/kafka';

  const confluent: ConfluentModule;
  export default confluent;
}
