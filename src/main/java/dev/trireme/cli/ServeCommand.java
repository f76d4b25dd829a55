package dev.trireme.cli;

import dev.trireme.cli.option.ActivityOptions;
import dev.trireme.config.BadInputException;
import dev.trireme.config.ExitCode;
import dev.trireme.generate.EngineConfig;
import dev.trireme.generate.TextModel;
import dev.trireme.http.Tls;
import dev.trireme.launch.EndSignals;
import dev.trireme.serve.MemoryLimit;
import dev.trireme.serve.ModelServer;
import dev.trireme.serve.Receipts;
import dev.trireme.serve.RequestLog;
import dev.trireme.serve.ServerConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "serve",
        description = "Serve a model by OpenAI's HTTP interface.",
        footer = {
            "",
            "POST /v1/chat/completions, /v1/completions, /v1/embeddings, /tokenize, /detokenize; GET /, /v1/models, /metrics,"
                    + " /health, /ready. It listens at once; until the model is loaded, /ready is 503, and then the address is"
                    + " printed.",
            "SIGTERM and Ctrl-C refuse new requests and let those under way end, for --drain seconds at most; a second one "
                    + "ends at once."
        })
final class ServeCommand implements Callable<Integer> {
    private static final int MOST_DRAIN = 24 * 3600;

    @Spec
    private CommandSpec spec;

    @Option(names = "--host", paramLabel = "NAME", description = "Address to listen on (${DEFAULT-VALUE}).")
    private String host = "127.0.0.1";

    @Option(names = "--port", paramLabel = "N", description = "Port; 0 for any that is free (${DEFAULT-VALUE}).")
    private int port = 8000;

    @Option(
            names = "--api-key-file",
            paramLabel = "FILE",
            description = "Its first line is the key that requests must bring.")
    private Optional<Path> keyFile = Optional.empty();

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            description = "Private key (PKCS #8, PEM) for HTTPS; with --tls-certificate.")
    private Optional<Path> tlsKey = Optional.empty();

    @Option(
            names = "--tls-certificate",
            paramLabel = "FILE",
            description = "Its certificate and those that signed it, in PEM.")
    private Optional<Path> tlsCertificate = Optional.empty();

    @Option(
            names = "--max-waiting",
            paramLabel = "N",
            description = "Requests that may wait; a further one gets 429 (${DEFAULT-VALUE}).")
    private int maxWaiting = 1024;

    @Option(names = "--drain", paramLabel = "SECONDS", description = "For requests to end (${DEFAULT-VALUE}).")
    private String drain = "30s";

    @Option(
            names = "--log",
            paramLabel = "FILE",
            description = "Append each call and the receipt of its answer, for replay. Holds prompts.")
    private Optional<Path> log = Optional.empty();

    @Mixin
    private ServedModelOptions answering = new ServedModelOptions();

    @Mixin
    private ActivityOptions activity = new ActivityOptions();

    @Override
    public Integer call() {
        ServerConfig config =
                withTls(withKey(ServerConfig.DEFAULTS.on(host, port).withDrain(drain())));
        EngineConfig settings = answering.config().withQueue(maxWaiting);
        config = config.withThreads(Math.min(ServerConfig.MOST_THREADS, maxWaiting + settings.rows()));
        Optional<RequestLog> opened = log.map(RequestLog::open);
        try (ModelServer server = ModelServer.listen(config)) { // before the model is there: who asks is told so
            warnIfOpen(config);
            return load(server, settings, opened);
        } finally {
            opened.ifPresent(RequestLog::close);
        }
    }

    private int load(ModelServer server, EngineConfig settings, Optional<RequestLog> opened) {
        try (ModelOnEngine loaded = answering.open(settings, activity.activity(false))) {
            OptionalDouble memoryLimit =
                    MemoryLimit.bytesPerSecond(settings.layout().device());
            server.serve(loaded.model(), new Receipts(loaded.fingerprints(), opened), memoryLimit);
            waitForSignal(server, loaded.model());
        }
        return ExitCode.OK.code();
    }

    private Duration drain() {
        if (!drain.matches("[0-9]{1,5}s?") || seconds() > MOST_DRAIN) {
            throw new IllegalArgumentException(
                    "--drain is " + drain + "; use seconds such as 30s, up to " + MOST_DRAIN);
        }
        return Duration.ofSeconds(seconds());
    }

    private int seconds() {
        return Integer.parseInt(drain.replace("s", ""));
    }

    @SuppressWarnings("try") // signals are held, not used
    private void waitForSignal(ModelServer server, TextModel served) {
        CountDownLatch asked = new CountDownLatch(1);
        PrintWriter err = spec.commandLine().getErr();
        try (EndSignals signals = EndSignals.listen(
                first -> {
                    err.println("trireme: ending when requests under way have ended; once more ends at once");
                    asked.countDown();
                },
                again -> Runtime.getRuntime().halt(again.code()))) {
            PrintWriter out = spec.commandLine().getOut();
            out.println("serving " + String.join(", ", served.names()) + " on " + server.address());
            out.flush();
            await(asked);
            server.close(); // before the engine, and while a second signal is heard
        }
    }

    private static void await(CountDownLatch asked) {
        try {
            asked.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void warnIfOpen(ServerConfig config) {
        PrintWriter err = spec.commandLine().getErr();
        try {
            if (!InetAddress.getByName(host).isLoopbackAddress()) {
                err.println("trireme: " + host + " is not loopback" + danger(config));
            }
        } catch (IOException e) {
            err.println("trireme: " + host + " cannot be looked up (" + e.getMessage() + ")");
        }
    }

    private static String danger(ServerConfig config) {
        if (config.apiKey().isEmpty()) {
            return " and there is no --api-key-file: whoever reaches this machine can use the model";
        }
        return config.tls().isEmpty()
                ? " and there is no --tls-key: whoever reads along on the network has the API key and all texts"
                : ": whoever reaches this machine and has the API key can use the model";
    }

    private ServerConfig withTls(ServerConfig config) {
        if (tlsKey.isPresent() != tlsCertificate.isPresent()) {
            throw new IllegalArgumentException("--tls-key and --tls-certificate go together; give both");
        }
        Optional<Tls> files = tlsKey.flatMap(key -> tlsCertificate.map(certificate -> new Tls(key, certificate)));
        files.ifPresent(Tls::requirePair);
        return files.map(config::withTls).orElse(config);
    }

    private ServerConfig withKey(ServerConfig config) {
        if (keyFile.isEmpty()) {
            return config;
        }
        Path file = keyFile.get();
        try {
            String key =
                    Files.readAllLines(file).stream().findFirst().orElse("").strip();
            if (key.isEmpty()) {
                throw new BadInputException(file + ": its first line is empty; write the API key there");
            }
            return config.withApiKey(key);
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + "); name the file with the key", e);
        }
    }
}
