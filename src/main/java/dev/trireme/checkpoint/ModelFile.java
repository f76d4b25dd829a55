package dev.trireme.checkpoint;

import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Resolves a file of a model folder. Name, folder and links are untrusted: no file outside the folder is opened, except
 * blobs of Hugging Face's cache.
 *
 * <pre>
 *   models--OWNER--NAME/
 *     blobs/HASH
 *     snapshots/REVISION/model.safetensors ──▶ ../../blobs/HASH
 * </pre>
 */
final class ModelFile {
    private static final String EXTENSION = ".safetensors";

    private ModelFile() {}

    /** Resolves a shard that an index names: a plain file name with the ending of safetensors files. */
    static Path shard(Path folder, String name) {
        boolean plain = name.endsWith(EXTENSION)
                && name.chars().noneMatch(c -> c == '/' || c == '\\' || Character.isISOControl(c));
        if (!plain) {
            String shown = name.length() <= 80 ? name : name.substring(0, 80) + "…";
            throw new BadInputException(folder + ": its index names the file \"" + shown
                    + "\"; use one file name without folders, ending in " + EXTENSION);
        }
        try {
            return within(folder, name);
        } catch (InvalidPathException e) {
            throw new BadInputException(
                    folder + ": its index names a file that cannot be (" + e.getMessage()
                            + "); use letters, digits, - and .",
                    e);
        }
    }

    /** Resolves all links to a regular file below the folder's real path or in the cache's blobs. */
    static Path within(Path folder, String name) {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            String what = Files.exists(file) ? "is not a regular file" : "is missing";
            throw new BadInputException(file + ": " + what + "; get all files of the model");
        }
        try {
            Path home = folder.toRealPath();
            Path real = file.toRealPath();
            if (!real.startsWith(home) && !isBlob(home, real)) {
                throw new BadInputException(
                        file + ": is a link to " + real + ", outside the folder; put the file itself there");
            }
            return file;
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be found (" + e + "); check the folder", e);
        }
    }

    private static boolean isBlob(Path home, Path real) {
        for (Path above = home; above != null; above = above.getParent()) {
            if (above.endsWith("snapshots") && real.startsWith(above.resolveSibling("blobs"))) {
                return true;
            }
        }
        return false;
    }
}
