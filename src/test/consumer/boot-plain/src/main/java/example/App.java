package example;

import java.nio.file.Path;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** An executable jar. */
@SpringBootApplication
public class App implements CommandLineRunner {
    /** @param arguments a folder for the run */
    public static void main(String[] arguments) {
        SpringApplication.run(App.class, arguments);
    }

    @Override
    public void run(String... arguments) {
        System.out.println("executable jar: " + SmallTraining.into(Path.of(arguments[0])));
    }
}
