package dev.trireme.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransDeEnIT {
    private static final String ENTRY =
            "Kahn {m} | Kähne {pl} | Der Kahn liegt am Ufer. :: barge | barges | The barge lies ashore.\n";

    @TempDir
    Path folder;

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '=',
            value = {
                "Der Kahn (am Ufer) leckt. [ugs.] :: The barge leaks. = Der Kahn leckt. > The barge leaks.",
                "Er rudert schnell.; Er eilt. :: He rows fast.; Quick! = Er rudert schnell. > He rows fast.",
                "Er rudert (schnell; eilig). :: He rows (fast; hastily). = Er rudert. > -",
                "Er fährt rasch (schnell; eilig). :: He rows (fast; now). = Er fährt rasch. > He rows.",
                "Das Boot [Br.]/Schiff [Am.] sinkt! :: The boat (a)round it sinks! = Das Boot/Schiff sinkt! > The boat"
                        + " round it sinks!",
                "Ist der Mast {m} <mast> da ? :: Is  the mast there ? = Ist der Mast da? > Is the mast there?",
                "Wir sind nah (im Hafen (Kai) dort). :: We are near. = Wir sind nah (im Hafen dort). > We are near.",
                "Ölt die Ruder! :: Oil the oars! = Ölt die Ruder! > Oil the oars!",
                "Er rudert! :: He rows! = - > -",
                "er rudert gut. :: He rows well. = - > -",
                "Er rudert gut :: He rows well. = - > -",
                "Er rudert gut. :: he rows well. = - > -",
                "Er rudert gut. | rudern :: He rows well. = - > -",
                "# Er rudert gut. :: He rows well. = - > -",
                "Er rudert gut. :: He rows. :: He rows well. = - > -",
            })
    void onlySentencesAreTakenWithoutRemarksAndSecondChoices(String entry, String expected) throws IOException {
        Path dictionary = Files.writeString(folder.resolve("de-en"), ENTRY + entry + "\n");
        List<Pair> pairs = TransDeEn.read(dictionary);

        assertThat(pairs.get(0)).isEqualTo(new Pair("Der Kahn liegt am Ufer.", "The barge lies ashore."));
        String[] sides = expected.split(" > ", -1);
        assertThat(pairs.subList(1, pairs.size()))
                .isEqualTo(sides[1].equals("-") ? List.of() : List.of(new Pair(sides[0], sides[1])));
    }

    @Test
    void longSentencesAndRepeatedPairsAreLeftOut() throws IOException {
        String longest = "Er rudert" + " und rudert".repeat(14) + ". :: He rows.\n";
        String tooLong = "Er rudert sehr" + " und rudert".repeat(14) + ". :: He rows.\n";
        Path dictionary = Files.writeString(folder.resolve("de-en"), ENTRY + longest + tooLong + ENTRY);
        assertThat(TransDeEn.read(dictionary)).hasSize(2);
    }

    @Test
    void aPackageIsReadThroughDpkg() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/dpkg-deb")));
        Path tree = Files.createDirectories(folder.resolve("tree/usr/share/trans"));
        Path control = Files.createDirectories(folder.resolve("tree/DEBIAN")).resolve("control");
        Files.writeString(control, "Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x>\nDescription: x\n");
        Path archive = folder.resolve("x.deb");
        build(archive);
        assertThatThrownBy(() -> TransDeEn.read(archive))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("x.deb: has no usr/share/trans/de-en in it");

        Files.writeString(tree.resolve("de-en"), ENTRY);
        build(archive);
        assertThat(TransDeEn.read(archive)).hasSize(1);

        Files.write(archive, Arrays.copyOf(Files.readAllBytes(archive), 100));
        assertThatThrownBy(() -> TransDeEn.read(archive))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("`dpkg -x")
                .hasMessageContaining("failed with exit code")
                .hasMessageContaining("fetch the package again");
    }

    @Test
    void filesWithoutSentencesAreRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("de-en"), "Kahn {m} :: barge\n");
        assertThatThrownBy(() -> TransDeEn.read(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("de-en: has no sentence pair; name a package");
        assertThatThrownBy(() -> TransDeEn.read(folder.resolve("none.deb")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("none.deb: there is no such file");
    }

    @Test
    @EnabledIfSystemProperty(named = "trireme.trans-de-en", matches = ".+", disabledReason = "needs the real package")
    void thePackageHas19941Pairs() {
        assertThat(TransDeEn.read(Path.of(System.getProperty("trireme.trans-de-en"))))
                .hasSize(19_941)
                .doesNotHaveDuplicates();
    }

    @Test
    void missingAndFailingProgramsAreNamedWithTheCure() {
        assertThatThrownBy(() -> run(Duration.ofMinutes(1), "no-such-program", "x"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("`no-such-program x` cannot be started")
                .hasMessageEndingWith("; take care");
        assertThatThrownBy(() -> run(Duration.ofMinutes(1), "sh", "-c", "echo why >&2; exit 3"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageEndingWith(" failed with exit code 3: why; take care");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aSlowProgramIsEndedWithItsChildren() throws InterruptedException {
        String sleep = "sleep 600." + System.nanoTime();
        assertThatThrownBy(() -> run(Duration.ofMillis(500), "sh", "-c", sleep + "; true"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("took longer than 500 ms and was ended");
        for (int tries = 0; tries < 300 && isRunning(sleep); tries++) {
            Thread.sleep(10); // a killed process takes a moment to go
        }
        assertThat(isRunning(sleep)).isFalse();
    }

    private static boolean isRunning(String command) {
        return ProcessHandle.allProcesses()
                .anyMatch(process -> process.info().commandLine().orElse("").contains(command));
    }

    private void run(Duration limit, String... command) throws IOException {
        ExternalTool.run(folder, limit, "take care", List.of(command));
    }

    private void build(Path archive) throws IOException {
        ExternalTool.run(
                folder,
                Duration.ofMinutes(1),
                "install dpkg",
                List.of("dpkg-deb", "--root-owner-group", "-b", "tree", archive.toString()));
    }
}
