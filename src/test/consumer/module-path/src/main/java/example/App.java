package example;

import java.nio.file.Path;

/** A module. */
public final class App {
    private App() {}

    /** @param arguments a folder for the run */
    public static void main(String[] arguments) {
        if (!App.class.getModule().isNamed()
                || !System.getProperty("java.class.path", "").isEmpty()) {
            throw new IllegalStateException("this does not run from the module path alone");
        }
        System.out.println("module path: " + SmallTraining.into(Path.of(arguments[0])));
    }
}
