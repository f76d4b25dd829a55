package dev.trireme.engine;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;

/** Explains a {@code LinkageError} of a native library, with the cure. */
final class LinkProblem {
    private static final Pattern MISSING = Pattern.compile("(\\S+): cannot open shared object file");
    private static final Pattern NOT_FOUND =
            Pattern.compile("Could not find (\\S+) in class|no (\\S+) in java\\.library\\.path");

    private LinkProblem() {}

    static String explain(LinkageError error) {
        Throwable root = error;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        String text = NativeErrors.firstLine(root);
        return "cannot load the native library: " + text + "; " + cure(text);
    }

    private static String cure(String text) {
        Matcher missing = MISSING.matcher(text);
        if (missing.find()) {
            return "install the package that has " + missing.group(1);
        }
        if (NOT_FOUND.matcher(text).find()) {
            return "put the jars with classifier " + Loader.getPlatform()
                    + " of trireme, pytorch, openblas and javacpp on the class path";
        }
        if (text.contains("GLIBC")) {
            return "use a system with a newer C library";
        }
        if (text.contains("already loaded in another classloader")) {
            return "load Trireme from one class loader only";
        }
        return "delete " + NativeCache.folder() + " and start again";
    }
}
