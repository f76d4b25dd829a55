package dev.trireme;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.trireme.config.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;

/** The arrows between packages, as the README's map draws them. {@code .ci/architecture} violates every test here. */
final class ArchitectureIT {
    private static final String BINDINGS = "dev.trireme.engine.bindings..";
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.trireme");
    private static final JavaClasses TESTS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("/jmh_generated/"))
            .importPackages("dev.trireme");

    @Test
    void packagesImportOnlyWhatTheReadmesArrowsAllow() throws IOException {
        ReadmeArrows arrows = ReadmeArrows.read(Path.of("README.md"));
        check(classes().should(importOnlyWhatIsAllowedBy(arrows)));
    }

    @Test
    void everyPackageHasItsArrowsInTheReadme() throws IOException {
        ReadmeArrows arrows = ReadmeArrows.read(Path.of("README.md"));
        Set<String> packages = CLASSES.stream()
                .map(type -> arrows.withArrows(type.getPackageName()))
                .collect(toCollection(TreeSet::new));
        assertThat(packages).isEqualTo(arrows.packages());
    }

    @Test
    void packagesHaveNoCycles() {
        check(slices().matching("dev.trireme.(*)..").should().beFreeOfCycles());
    }

    @Test
    void onlyTheEngineSeesNativeCode() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage("dev.trireme.engine..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.bytedeco..", BINDINGS));
    }

    @Test
    void onlyTheCommandLineAndRanksPrint() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages("dev.trireme.cli..", "dev.trireme.launch..")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err"));
    }

    @Test
    void jsonIsReadAndWrittenByTheMappersOfOneClass() {
        check(noClasses()
                .that()
                .doNotBelongToAnyOf(Json.class)
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ObjectMapper.class));
    }

    @Test
    void nothingIsDeserialized() {
        check(noClasses().should().dependOnClassesThat().haveFullyQualifiedName("java.io.ObjectInputStream"));
    }

    /** NullAway looks at no other package. */
    @Test
    void everyPackageIsCheckedForNulls() {
        check(classes().that().resideOutsideOfPackage(BINDINGS).should(resideInANullMarkedPackage()));
    }

    /** Surefire takes *Test, failsafe *IT; what has another name never runs. */
    @Test
    void everyTestHasANameByWhichItRuns() {
        classes().that(haveTests()).should().haveNameMatching(".*(Test|IT)").check(TESTS);
    }

    private static void check(ArchRule rule) {
        rule.check(CLASSES);
    }

    private static DescribedPredicate<JavaClass> haveTests() {
        return describe(
                "have tests",
                type -> type.getMethods().stream().anyMatch(method -> method.isMetaAnnotatedWith(Testable.class)));
    }

    private static ArchCondition<JavaClass> importOnlyWhatIsAllowedBy(ReadmeArrows arrows) {
        return condition("import only what the README's arrows allow", (type, events) -> {
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass();
                if (target.getPackageName().startsWith("dev.trireme.")
                        && !arrows.allow(
                                arrows.withArrows(type.getPackageName()), arrows.withArrows(target.getPackageName()))) {
                    events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
                }
            }
        });
    }

    private static ArchCondition<JavaClass> resideInANullMarkedPackage() {
        return condition("reside in a @NullMarked package", (type, events) -> {
            if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                events.add(SimpleConditionEvent.violated(
                        type, type.getPackageName() + " of " + type.getName() + " is not @NullMarked"));
            }
        });
    }

    private static ArchCondition<JavaClass> condition(String words, BiConsumer<JavaClass, ConditionEvents> check) {
        return new ArchCondition<>(words) {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                check.accept(type, events);
            }
        };
    }
}
