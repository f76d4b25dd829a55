package dev.trireme.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What Linux says about the sockets on which a process listens. */
public final class ListeningPorts {
    private static final String LISTENING = "0A";

    private ListeningPorts() {}

    /** Each as {@code address:port}; the address of an IPv6 socket stays in hexadecimal. */
    public static List<String> of(long pid) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        Set<String> sockets;
        try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
            sockets = descriptors.map(ListeningPorts::target).collect(Collectors.toSet());
        }
        return Stream.concat(
                        Files.readAllLines(process.resolve("net/tcp")).stream(),
                        Files.readAllLines(process.resolve("net/tcp6")).stream())
                .map(line -> line.strip().split("\\s+", -1))
                .filter(fields -> fields[3].equals(LISTENING) && sockets.contains("socket:[" + fields[9] + "]"))
                .map(fields -> text(fields[1]))
                .toList();
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "closed meanwhile";
        }
    }

    /** {@code 0100007F:1F90} is 127.0.0.1:8080 on a little-endian machine. */
    private static String text(String field) {
        String[] parts = field.split(":", -1);
        int port = Integer.parseInt(parts[1], 16);
        if (parts[0].length() > 8) {
            return "[" + parts[0] + "]:" + port;
        }
        long address = Long.parseLong(parts[0], 16);
        return (address & 255) + "." + (address >> 8 & 255) + "." + (address >> 16 & 255) + "." + (address >> 24) + ":"
                + port;
    }
}
