package dev.trireme.data;

import dev.trireme.config.BadInputException;
import dev.trireme.config.FileTree;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The sentences of Debian's package {@code trans-de-en}, a German–English dictionary under the GPL: fetched, never part
 * of Trireme. 19,941 pairs in version 1.9.
 *
 * <pre>
 *   Haus {n} | Das Haus (dort) ist alt.; Es ist alt. :: house | The house is old.; It is old.
 *              └───────────┬──────────┘                         └───────┬──────┘
 *              Das Haus ist alt.             ──▶                The house is old.
 * </pre>
 *
 * <p>An entry is {@code German :: English}, both sides with as many sub-entries between {@code |}. Of each sub-entry
 * innermost remarks in brackets of any kind go, then all from the first {@code ;} on. It is a sentence pair if both
 * sides start with a capital and end in {@code .}, {@code !} or {@code ?} and the German one has 3 to 30 words.
 */
public final class TransDeEn {
    private static final String PACKAGE = "trans-de-en";
    private static final String DICTIONARY = "usr/share/trans/de-en";
    private static final Duration DOWNLOAD_LIMIT = Duration.ofMinutes(5);
    private static final Duration UNPACK_LIMIT = Duration.ofMinutes(1);

    // One pass: where remarks nest the outer one stays, whose text often belongs to the sentence. The blanks before a
    // remark go with it unless a letter follows: "film [Br.]/movie" is "film/movie", "trip (a)round" is "trip round".
    private static final Pattern REMARK =
            Pattern.compile("\\s*[(\\[{<][^()\\[\\]{}<>]*[)\\]}>](?!\\p{L})|[(\\[{<][^()\\[\\]{}<>]*[)\\]}>]");
    private static final Pattern BLANKS = Pattern.compile("\\s+");
    private static final Pattern BLANK_BEFORE_MARK = Pattern.compile(" (?=[,.!?:])");

    private TransDeEn() {}

    /**
     * Downloads the package with {@code apt-get}, unpacks it with {@code dpkg} and reads it. Temporary files are removed.
     *
     * @return distinct pairs in the order of the dictionary
     * @throws IllegalStateException naming the command, its output and the cure if one is missing or fails
     */
    public static List<Pair> fetch() {
        return inTemporaryFolder(folder -> {
            ExternalTool.run(
                    folder,
                    DOWNLOAD_LIMIT,
                    "run `apt-get update` first, or read a " + PACKAGE + "_*_all.deb that was fetched elsewhere",
                    List.of("apt-get", "download", PACKAGE));
            try (Stream<Path> files = Files.list(folder)) {
                Optional<Path> archive = files.filter(TransDeEn::isArchive).findFirst();
                return read(archive.orElseThrow(() -> new IllegalStateException("`apt-get download " + PACKAGE
                        + "` left no .deb behind; read one that was fetched elsewhere")));
            }
        });
    }

    /**
     * Reads the package or the dictionary in it.
     *
     * @param file the {@code .deb}, or {@value #DICTIONARY} out of it
     * @return distinct pairs in the order of the dictionary
     * @throws BadInputException if the file is not readable, not UTF-8, or holds no sentence pair
     * @throws IllegalStateException if {@code dpkg} is missing or cannot unpack the file
     */
    public static List<Pair> read(Path file) {
        Objects.requireNonNull(file, "file");
        return isArchive(file) ? readArchive(file) : readDictionary(file);
    }

    private static boolean isArchive(Path file) {
        byte[] magic = "!<arch>\n".getBytes(StandardCharsets.US_ASCII);
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (InputStream input = Files.newInputStream(file)) {
            return Arrays.equals(input.readNBytes(magic.length), magic);
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + "); check its permissions", e);
        }
    }

    private static List<Pair> readArchive(Path archive) {
        return inTemporaryFolder(folder -> {
            ExternalTool.run(
                    folder,
                    UNPACK_LIMIT,
                    "fetch the package again, or read " + DICTIONARY + " out of it",
                    List.of("dpkg", "-x", archive.toAbsolutePath().toString(), folder.toString()));
            Path dictionary = folder.resolve(DICTIONARY);
            if (!Files.exists(dictionary)) {
                throw new BadInputException(
                        archive + ": has no " + DICTIONARY + " in it; name a package " + PACKAGE + "_*_all.deb");
            }
            return readDictionary(dictionary);
        });
    }

    private static List<Pair> readDictionary(Path dictionary) {
        Set<Pair> pairs = new LinkedHashSet<>();
        Utf8Lines.forEach(dictionary, line -> addSentences(line.text(), pairs));
        if (pairs.isEmpty()) {
            throw new BadInputException(dictionary + ": has no sentence pair; name a package " + PACKAGE
                    + "_*_all.deb or the file " + DICTIONARY + " in it");
        }
        return List.copyOf(pairs);
    }

    private static void addSentences(String entry, Set<Pair> pairs) {
        String[] sides = entry.split(" :: ", -1);
        if (entry.startsWith("#") || sides.length != 2) {
            return;
        }
        String[] german = sides[0].split("\\|", -1);
        String[] english = sides[1].split("\\|", -1);
        if (german.length != english.length) {
            return;
        }
        for (int i = 0; i < german.length; i++) {
            Pair pair = new Pair(clean(german[i]), clean(english[i]));
            int words = BLANKS.split(pair.source(), -1).length;
            if (isSentence(pair.source()) && isSentence(pair.target()) && words >= 3 && words <= 30) {
                pairs.add(pair);
            }
        }
    }

    private static String clean(String subEntry) {
        String plain = REMARK.matcher(subEntry).replaceAll("");
        int semicolon = plain.indexOf(';');
        String first = semicolon < 0 ? plain : plain.substring(0, semicolon);
        return BLANK_BEFORE_MARK
                .matcher(BLANKS.matcher(first).replaceAll(" ").strip())
                .replaceAll("");
    }

    private static boolean isSentence(String text) {
        return !text.isEmpty()
                && Character.isUpperCase(text.codePointAt(0))
                && ".!?".indexOf(text.charAt(text.length() - 1)) >= 0;
    }

    private interface FolderTask {
        List<Pair> run(Path folder) throws IOException;
    }

    private static List<Pair> inTemporaryFolder(FolderTask task) {
        try {
            Path folder = Files.createTempDirectory("trireme-" + PACKAGE);
            try {
                return task.run(folder);
            } finally {
                FileTree.delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("temporary folder: " + e.getMessage() + "; make room in java.io.tmpdir", e);
        }
    }
}
