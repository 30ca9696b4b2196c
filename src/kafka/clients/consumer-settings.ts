import { invalidArgument } from '../../core/errors.js';
import { checkOptions, type OptionShapes } from '../../core/options.js';
import type { KafkaConsumerSettings } from './kafka-clients.js';

const SHAPES: OptionShapes<KafkaConsumerSettings> = {
  groupId: true,
  groupProtocol: true,
  sessionTimeout: true,
  rebalanceTimeout: true,
  heartbeatInterval: true,
  maxWaitTimeInMs: true,
  partitionAssigners: true,
  allowAutoTopicCreation: 'boolean',
};

/** Checks the settings of a consumer. @returns How its group shares partitions. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkConsumerSettings(
  where: string,
  settings: KafkaConsumerSettings,
): 'classic' | 'consumer' {
  checkOptions(`${where}: consumer`, settings, SHAPES);
  const { groupId, partitionAssigners } = settings;
  const { groupProtocol = partitionAssigners ? 'consumer' : 'classic' } = settings;
  if (typeof groupId !== 'string' || groupId === '')
    throw invalidArgument(`${where}: groupId`, groupId, 'the name of a group');
  if (groupProtocol !== 'classic' && groupProtocol !== 'consumer')
    throw invalidArgument(`${where}: groupProtocol`, groupProtocol, "'classic' or 'consumer'");
  if (partitionAssigners && groupProtocol === 'classic')
    throw invalidArgument(`${where}: groupProtocol`, groupProtocol, "'consumer' for KafkaShardAssignment");
  return groupProtocol;
}

/** Refuses settings of a client that are no object. The client checks their names. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkClientSettings(where: string, given: unknown): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalidArgument(where, given, "an object with the client's own settings");
}
