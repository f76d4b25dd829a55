package dev.trireme.cli;

import dev.trireme.chat.ChatPrompt;
import dev.trireme.chat.ChatTemplate;
import dev.trireme.chat.Conversation;
import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.cli.option.TokenizerOptions;
import dev.trireme.cli.output.JsonLine;
import dev.trireme.data.tokenizer.Tokenizer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "template",
        description = "Print a conversation as the chat template of a model writes it.",
        footer = {
            "",
            "If the last message is not the assistant's, the beginning of its answer follows.",
            "Only special tokens that the template writes become special ids; in messages they are text."
        })
final class TemplateCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Folder in Hugging Face layout.")
    private Path model;

    @Option(
            names = "--messages",
            paramLabel = "FILE.json",
            required = true,
            description = "An array of {\"role\", \"content\"}, or an object with messages and tools.")
    private Path messages;

    @Option(names = "--tools", paramLabel = "FILE.json", description = "An array of functions the model may call.")
    private Optional<Path> tools = Optional.empty();

    @Option(
            names = "--template-arguments",
            paramLabel = "JSON",
            description = "More variables of the template, such as '{\"enable_thinking\": false}'.")
    private Optional<String> arguments = Optional.empty();

    @Option(names = "--json", description = "Print one JSON object, with the ids and who wrote what.")
    private boolean json;

    @Mixin
    private TokenizerOptions tokenizers = new TokenizerOptions();

    @Override
    public void run() {
        Path folder = HuggingFaceFolder.require(model);
        ChatTemplate template = ChatTemplate.of(folder);
        Conversation read = Conversation.read(messages, tools);
        ChatPrompt prompt = template.render(
                arguments.map(read::withArguments).orElse(read), ZonedDateTime.now(ZoneId.systemDefault()));
        PrintWriter out = spec.commandLine().getOut();
        if (!json) {
            out.print(prompt);
            out.flush();
            return;
        }
        try (Tokenizer tokenizer = tokenizers.open(folder.resolve("tokenizer.json"))) {
            out.println(JsonLine.of("template")
                    .put("text", prompt.toString())
                    .put("parts", prompt.parts())
                    .put("ids", prompt.encode(tokenizer)));
        }
    }
}
