import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.Properties;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers.InMemoryDslStoreSuppliers;

/** Market values of portfolios in Kafka Streams: positions joined with prices by symbol, grouped by portfolio, and added up. */
public class MarkToMarket {
  record Price(BigDecimal price, long timestamp) {}

  record Position(String portfolio, String symbol, BigDecimal quantity) {}

  record Marked(String portfolio, BigDecimal value) {}

  public static void main(String[] args) throws Exception {
    String brokers = args[0], prices = args[1], positions = args[2], values = args[3], state = args[4];

    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, values + ".streams");
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, state);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
    settings.put(StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG, InMemoryDslStoreSuppliers.class);
    // The source topics are the changelogs of their tables.
    settings.put(StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, StreamsConfig.OPTIMIZE);
    settings.put("auto.offset.reset", "earliest");

    StreamsBuilder builder = new StreamsBuilder();
    KTable<String, Price> priceTable =
        builder.table(prices, Consumed.with(Serdes.String(), json(Price.class)));
    KTable<String, Position> positionTable =
        builder.table(positions, Consumed.with(Serdes.String(), json(Position.class)));
    positionTable
        .join(
            priceTable,
            Position::symbol,
            (position, price) ->
                new Marked(position.portfolio(), position.quantity().multiply(price.price())),
            Materialized.with(Serdes.String(), json(Marked.class)))
        .groupBy(
            (key, marked) -> KeyValue.pair(marked.portfolio(), marked.value()),
            Grouped.with(Serdes.String(), decimal()))
        .aggregate(
            () -> BigDecimal.ZERO,
            (portfolio, value, total) -> total.add(value),
            (portfolio, value, total) -> total.subtract(value),
            Materialized.with(Serdes.String(), decimal()))
        .toStream()
        .to(values, Produced.with(Serdes.String(), decimal()));

    KafkaStreams streams = new KafkaStreams(builder.build(settings), settings);
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          return org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler
              .StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    streams.start();
    // It ends with its input.
    while (System.in.read() >= 0) {}
    streams.close();
  }

  private static Serde<BigDecimal> decimal() {
    Serializer<String> out = Serdes.String().serializer();
    Deserializer<String> in = Serdes.String().deserializer();
    return Serdes.serdeFrom(
        (topic, value) -> value == null ? null : out.serialize(topic, value.toPlainString()),
        (topic, bytes) -> bytes == null ? null : new BigDecimal(in.deserialize(topic, bytes)));
  }

  private static <T> Serde<T> json(Class<T> type) {
    ObjectMapper mapper = new ObjectMapper();
    return Serdes.serdeFrom(
        (topic, value) -> {
          try {
            return value == null ? null : mapper.writeValueAsBytes(value);
          } catch (IOException error) {
            throw new UncheckedIOException(error);
          }
        },
        (topic, bytes) -> {
          try {
            return bytes == null ? null : mapper.readValue(bytes, type);
          } catch (IOException error) {
            throw new UncheckedIOException(error);
          }
        });
  }
}
