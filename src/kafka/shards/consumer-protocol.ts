import { Buffer } from 'node:buffer';

// Layouts of Kafka's consumer protocol, version 0: what members of a group send when they join, and what the leader answers.
// Source: https://github.com/apache/kafka/blob/4.0.0/clients/src/main/resources/common/message/ConsumerProtocolSubscription.json
// and ConsumerProtocolAssignment.json there.

/** What a member subscribes to, with data of its own. */
export function encodeSubscription(topics: readonly string[], userData: string): Buffer {
  return Buffer.concat([int16(0), int32(topics.length), ...topics.map(text), bytes(Buffer.from(userData))]);
}

/** The data of a member's subscription. @throws RangeError if it is cut short. */
export function userDataOf(subscription: Buffer): string {
  let at = 2;
  const topics = subscription.readInt32BE(at);
  at += 4;
  for (let topic = 0; topic < topics; topic++) at += 2 + subscription.readInt16BE(at);
  const length = subscription.readInt32BE(at);
  return subscription.toString('utf8', at + 4, at + 4 + Math.max(0, length));
}

/** The partitions of a topic that a member is assigned. */
export function encodeAssignment(topic: string, partitions: readonly number[]): Buffer {
  const listed = [text(topic), int32(partitions.length), ...partitions.map(int32)];
  return Buffer.concat([int16(0), int32(1), ...listed, bytes(Buffer.alloc(0))]);
}

function int16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeInt16BE(value);
  return buffer;
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}

function text(value: string): Buffer {
  const encoded = Buffer.from(value);
  return Buffer.concat([int16(encoded.length), encoded]);
}

function bytes(value: Buffer): Buffer {
  return Buffer.concat([int32(value.length), value]);
}
