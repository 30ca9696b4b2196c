import { DEFAULT_SHARD_COUNT } from '../../core/shards/shard-of.js';
import { shardIndex } from '../shard-index.js';
import type { TableNames } from '../table-names.js';

/** Migration 8: the hash of each id, so that the portfolios of a shard are found for any number of shards. */
export const shards = (t: TableNames): string => `
-- murmur2 as Kafka's default partitioner computes it, of the id in UTF-8, without the sign. Arithmetic of 32 bits in 64.
CREATE FUNCTION ${t.portfolioHash}(id text) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $hash$
DECLARE
  mask CONSTANT bigint := 4294967295;
  multiplier CONSTANT bigint := 1540483477;
  bytes bytea := convert_to(id, 'UTF8');
  size integer;
  tail integer;
  place integer := 1;
  letter text;
  word bigint;
  hash bigint;
BEGIN
  -- What text cannot contain is stored escaped.
  IF strpos(id, chr(92)) > 0 THEN
    bytes := ''::bytea;
    WHILE place <= char_length(id) LOOP
      letter := substr(id, place, 1);
      IF letter <> chr(92) THEN
        bytes := bytes || convert_to(letter, 'UTF8');
        place := place + 1;
      ELSIF substr(id, place + 1, 1) = 'u' THEN
        -- Half a surrogate pair is U+FFFD in UTF-8.
        bytes := bytes || decode('efbfbd', 'hex');
        place := place + 6;
      ELSE
        bytes := bytes || decode(CASE substr(id, place + 1, 1) WHEN '0' THEN '00' ELSE '5c' END, 'hex');
        place := place + 2;
      END IF;
    END LOOP;
  END IF;
  size := length(bytes);
  tail := size - size % 4;
  hash := 2538058380 # size;
  place := 0;
  WHILE place < tail LOOP
    word := get_byte(bytes, place) | (get_byte(bytes, place + 1) << 8) | (get_byte(bytes, place + 2) << 16)
      | (get_byte(bytes, place + 3)::bigint << 24);
    word := (word * multiplier) & mask;
    word := ((word # (word >> 24)) * multiplier) & mask;
    hash := ((hash * multiplier) & mask) # word;
    place := place + 4;
  END LOOP;
  IF size > tail THEN
    FOR place IN tail..size - 1 LOOP
      hash := hash # (get_byte(bytes, place)::bigint << (8 * (place - tail)));
    END LOOP;
    hash := (hash * multiplier) & mask;
  END IF;
  hash := ((hash # (hash >> 13)) * multiplier) & mask;
  RETURN ((hash # (hash >> 15)) & 2147483647)::integer;
END $hash$;
COMMENT ON FUNCTION ${t.portfolioHash}(text) IS 'Hash of a stored portfolio id; modulo the number of shards, it is the shard.';

ALTER TABLE ${t.portfolios} ADD COLUMN shard_hash integer NOT NULL GENERATED ALWAYS AS (${t.portfolioHash}(id)) STORED;
COMMENT ON COLUMN ${t.portfolios}.shard_hash IS 'Modulo the number of shards, it is the shard: the partition that Kafka chooses for the id.';

${shardIndex(t, DEFAULT_SHARD_COUNT)};
`;
