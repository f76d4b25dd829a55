package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Scripts lean on these names: whoever changes this list changes what users have written. */
class FrozenCommandLineTest {
    @Test
    void commandsAndOptionsAreThese() {
        assertThat(describe(Main.commandLine(new Main())))
                .containsExactly(
                        "trireme --debug --help --version",
                        "trireme train --add-token=TOKEN --auto --batch-size=N --checkpoint-activations=WHEN --checkpoint-errors=HOW --checkpoint-every=WHEN"
                                + " --chunks=N --clip-norm=NORM --config=FILE --data=FILE --debug-gradients --device=NAME --document-mask"
                                + " --dropout=SHARE --epochs=N --exact --freeze=PARTS --from=DIR --heads=N --hidden=N --intermediate=N --json --keep=N"
                                + " --kv-heads=N --layers=N --learning-rate=RATE --live=PORT --lora-alpha=A"
                                + " --lora-dropout=SHARE --lora-rank=R --lora-targets=NAMES --loss=OF --lr-schedule=SHAPE --max-length=N"
                                + " --max-restarts=N --max-steps=N --micro-batches=N --model=NAME --on-nonfinite=HOW --out=DIR"
                                + " --pad=HOW --patience=N --precision=TYPE --quiet --reduction=HOW --resume=WHICH --save-dtype=TYPE --schedule=KIND --seed=N --shape=NAME"
                                + " --source=KEY --split=HOW --stages=N --target=KEY --task=KIND --tensorboard --test=N --threads=N"
                                + " --timeline=FILE --timeout=SECONDS --train=N --trust-tokenizer --validation=N --vocab-size=N --warmup-steps=N"
                                + " --world-size=N",
                        "trireme evaluate --adapter=DIR --auto --checkpoint-activations=WHEN --chunks=N --data=FILE --device=NAME --document-mask --json"
                                + " --loss=OF --max-length=N --micro-batches=N --model=DIR --part=NAME --precision=TYPE --quiet --schedule=KIND --seed=N --source=KEY"
                                + " --split=HOW --stages=N --target=KEY --task=KIND --test=N --threads=N --train=N --trust-tokenizer"
                                + " --validation=N",
                        "trireme checkpoints --json --quiet",
                        "trireme generate --adapter=DIR --auto --beams=N --cache-dtype=TYPE --cache-memory=SIZE --chat=TEXT"
                                + " --checkpoint-activations=WHEN --chunks=N --device=NAME --dtype=TYPE"
                                + " --json --length-penalty=X --log-probabilities --max-new-tokens=N --messages=FILE.json --micro-batches=N"
                                + " --min-p=SHARE --model=DIR --no-kv-cache --precision=TYPE --prompt=TEXT --prompts=FILE --quiet"
                                + " --repetition-penalty=X --schedule=KIND --seed=N --special-tokens --split=HOW --stages=N --stop=TEXT"
                                + " --temperature=X --threads=N --top-k=N --top-p=SHARE --translate=TEXT --trust-tokenizer"
                                + " --world-size=N",
                        "trireme score --adapter=DIR --device=NAME --ids=N --json --model=DIR --out=FILE.safetensors --precision=TYPE --quiet"
                                + " --threads=N",
                        "trireme template --json --messages=FILE.json --model=DIR --template-arguments=JSON --tools=FILE.json --trust-tokenizer",
                        "trireme serve --adapter=NAME=DIR --api-key-file=FILE --cache-dtype=TYPE --cache-memory=SIZE --checkpoint-activations=WHEN"
                                + " --chunks=N --device=NAME --drain=SECONDS --dtype=TYPE --host=NAME --log=FILE --max-waiting=N"
                                + " --micro-batches=N --model=DIR --name=NAME --port=N --precision=TYPE --quiet --schedule=KIND"
                                + " --split=HOW --stages=N --threads=N --tls-certificate=FILE --tls-key=FILE --trust-tokenizer"
                                + " --world-size=N",
                        "trireme replay --adapter=NAME=DIR --cache-dtype=TYPE --cache-memory=SIZE --checkpoint-activations=WHEN --chunks=N"
                                + " --device=NAME --dtype=TYPE --log=FILE --micro-batches=N --model=DIR --name=NAME"
                                + " --precision=TYPE --quiet --sample=SHARE --schedule=KIND --split=HOW --stages=N --threads=N"
                                + " --trust-tokenizer --world-size=N",
                        "trireme import --json --out=DIR --quiet",
                        "trireme merge --adapter=DIR --json --model=DIR --out=DIR --quiet",
                        "trireme corpus",
                        "trireme corpus phrasebook --count=N --out=FILE.tsv --quiet",
                        "trireme corpus trans-de-en --from=FILE --out=FILE.tsv --quiet",
                        "trireme plan --all-reduce=HOW --batch-size=N --checkpoint-activations=WHEN --chunks=N --config=FILE"
                                + " --devices=N --dtype=TYPE --generate --json --machine=NAME --max-length=N --max-new-tokens=N"
                                + " --measure --micro-batches=N --model=DIR --neighbours=WHAT --out=FILE --prompt-length=N"
                                + " --prompts=N --quiet --schedule=KIND --shape=NAME --simulate --slow=DEVICE:FACTOR --split=HOW"
                                + " --stages=N --train",
                        "trireme schedule --backward-cost=CLOCKS --chunks=N --kind=KIND --micro-batches=N --quiet --room=N"
                                + " --search=FILE --stages=N --text",
                        "trireme verify --json --layouts=RxK,… --micro-batches=N --model=NAME --not-exact --quiet --steps=N",
                        "trireme doctor --device=NAME --install-cuda --json --quiet",
                        "trireme bench",
                        "trireme bench data-parallel --batch=N --device=NAME --epochs=N --json --length=N --out=DIR --precision=TYPE"
                                + " --quick --quiet --reduction=HOW --shape=NAME --steps=N --threads=N --warmup=N --world-size=N",
                        "trireme bench model-parallel --batch=N --json --length=N --out=DIR --quick --quiet --shape=NAME"
                                + " --steps=N --threads=N --warmup=N",
                        "trireme bench pipeline --checkpoint-activations=WHEN --chunks=N --execution=WHEN --json --length=N"
                                + " --micro-batch-size=N --micro-batches=N --out=DIR --quick --quiet --schedule=KIND --shape=NAME"
                                + " --split=HOW --stages=N --steps=N --threads=N --timeline=FILE --warmup=N",
                        "trireme bench inference --batch=N --device=NAME --dtype=TYPE --json --new=N --no-kv-cache --out=DIR"
                                + " --precision=TYPE --prompt=N --quick --quiet --repetitions=N --shape=NAME --threads=N",
                        "trireme bench serving --cache-dtype=TYPE --cache-memory=SIZE --checkpoint-activations=WHEN --chunks=N"
                                + " --concurrency=N --device=NAME --dtype=TYPE --json --micro-batches=N --model=DIR --new=N[-M]"
                                + " --precision=TYPE --prompt=N[-M] --rate=R --requests=N --schedule=KIND --seed=N --shape=NAME"
                                + " --shared-prefix=N --split=HOW --stages=N --threads=N --url=URL --vocabulary=N --world-size=N",
                        "trireme bench layouts --batch=N --json --length=N --out=DIR --peak --quick --quiet --rounds=N"
                                + " --shape=NAME",
                        "trireme bench all --out=DIR --quick --quiet");
    }

    @Test
    void helpListsEveryCommandInAGroup() {
        List<String> grouped =
                CommandGroups.GROUPS.values().stream().flatMap(List::stream).toList();
        assertThat(grouped)
                .containsExactlyElementsOf(
                        Main.commandLine(new Main()).getSubcommands().keySet());
    }

    private static List<String> describe(CommandLine command) {
        List<String> lines = new ArrayList<>();
        String options = command.getCommandSpec().options().stream()
                .filter(option -> !option.inherited())
                .map(option -> " " + option.longestName() + (option.arity().max() > 0 ? "=" + option.paramLabel() : ""))
                .sorted()
                .collect(Collectors.joining());
        lines.add(command.getCommandSpec().qualifiedName() + options);
        command.getSubcommands().values().forEach(child -> lines.addAll(describe(child)));
        return lines;
    }
}
