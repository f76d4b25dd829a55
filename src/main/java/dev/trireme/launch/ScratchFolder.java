package dev.trireme.launch;

import dev.trireme.config.FileTree;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A private temporary folder. It is removed on close and when a signal ends this process; folders of killed processes
 * are removed when the next one is made.
 */
public final class ScratchFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ScratchFolder.class);
    private static final int ATTEMPTS = 100; // other processes may still be writing into it while they end
    private static final long PAUSE_MILLIS = 100;

    private final Path path;
    private final Thread hook;

    private ScratchFolder(Path path) {
        this.path = path;
        this.hook = new Thread(() -> delete(path), "end of " + path.getFileName());
    }

    /**
     * Makes a folder in {@code java.io.tmpdir}.
     *
     * @return an empty folder
     * @throws IOException when it cannot be made
     */
    public static ScratchFolder create() throws IOException {
        ScratchFolder folder = new ScratchFolder(
                Files.createTempDirectory(FolderOwner.current().prefix()));
        Runtime.getRuntime().addShutdownHook(folder.hook);
        removeThoseOfTheDead(folder.path);
        return folder;
    }

    /**
     * The path of the folder.
     *
     * @return the folder
     */
    public Path path() {
        return path;
    }

    /** Removes the folder with its content. */
    @Override
    public void close() {
        delete(path);
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            LOG.debug("this process is ending, and the hook with it", e);
        }
    }

    private static void removeThoseOfTheDead(Path own) {
        try {
            removeThoseOfTheDead(own, Files.getOwner(own));
        } catch (IOException | DirectoryIteratorException e) {
            LOG.debug("what others left beside {} stays", own, e);
        }
    }

    private static void removeThoseOfTheDead(Path own, UserPrincipal user) throws IOException {
        try (DirectoryStream<Path> others =
                Files.newDirectoryStream(own.resolveSibling(""), FolderOwner.COMMON_PREFIX + "*")) {
            for (Path other : others) {
                boolean isDead = FolderOwner.of(other.getFileName().toString())
                        .filter(FolderOwner::isGone)
                        .isPresent();
                if (isDead && isOwnedBy(user, other)) {
                    deleteOnce(other);
                }
            }
        }
    }

    private static boolean isOwnedBy(UserPrincipal user, Path folder) {
        try {
            return Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(user);
        } catch (IOException e) {
            return false; // another start removed it
        }
    }

    private static void delete(Path folder) {
        try {
            for (int attempt = 1; !deleteOnce(folder) && attempt < ATTEMPTS; attempt++) {
                Thread.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the next start removes it
        }
    }

    private static boolean deleteOnce(Path folder) {
        try {
            FileTree.delete(folder);
            return true;
        } catch (IOException e) {
            LOG.debug("{} is still in use", folder, e);
            return false;
        }
    }
}
