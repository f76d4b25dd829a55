package dev.trireme;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows between packages, as the README's map draws them. */
@AnalyzeClasses(packages = "dev.trireme", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureIT {
    @ArchTest
    static final ArchRule packagesImportOnlyWhatTheirArrowsAllow = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("cli")
            .definedBy("dev.trireme.cli..")
            .layer("bench")
            .definedBy("dev.trireme.bench..")
            .layer("verify")
            .definedBy("dev.trireme.verify..")
            .layer("machine")
            .definedBy("dev.trireme.machine..")
            .layer("train")
            .definedBy("dev.trireme.train..")
            .layer("generate")
            .definedBy("dev.trireme.generate..")
            .layer("parallel")
            .definedBy("dev.trireme.parallel..")
            .layer("checkpoint")
            .definedBy("dev.trireme.checkpoint..")
            .layer("engine")
            .definedBy("dev.trireme.engine..")
            .layer("data")
            .definedBy("dev.trireme.data..")
            .layer("plan")
            .definedBy("dev.trireme.plan..")
            .layer("config")
            .definedBy("dev.trireme.config..")
            .whereLayer("cli")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("bench")
            .mayOnlyBeAccessedByLayers("cli")
            .whereLayer("verify")
            .mayOnlyBeAccessedByLayers("cli")
            .whereLayer("machine")
            .mayOnlyBeAccessedByLayers("bench", "cli")
            .whereLayer("train")
            .mayOnlyBeAccessedByLayers("cli")
            .whereLayer("generate")
            .mayOnlyBeAccessedByLayers("bench", "train", "cli")
            .whereLayer("parallel")
            .mayOnlyBeAccessedByLayers("bench", "train", "generate", "verify", "cli")
            .whereLayer("checkpoint")
            .mayOnlyBeAccessedByLayers("train", "generate", "verify", "cli")
            .whereLayer("engine")
            .mayOnlyBeAccessedByLayers(
                    "parallel", "checkpoint", "machine", "bench", "train", "generate", "verify", "cli")
            .whereLayer("data")
            .mayOnlyBeAccessedByLayers("train", "generate", "cli")
            .whereLayer("plan")
            .mayOnlyBeAccessedByLayers("parallel", "train", "generate", "bench", "cli");

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("dev.trireme.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule onlyTheEngineSeesNativeCode = noClasses()
            .that()
            .resideOutsideOfPackage("dev.trireme.engine..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.bytedeco..", "dev.trireme.engine.bindings..");

    @ArchTest
    static final ArchRule onlyTheCommandLinePrints = noClasses()
            .that()
            .resideOutsideOfPackages("dev.trireme.cli..", "dev.trireme.parallel..")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    @ArchTest
    static final ArchRule nothingIsDeserialized =
            noClasses().should().dependOnClassesThat().haveFullyQualifiedName("java.io.ObjectInputStream");
}
