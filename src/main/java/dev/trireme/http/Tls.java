package dev.trireme.http;

import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.nio.file.Path;
import javax.net.ssl.SSLException;

/**
 * What a server proves who it is by.
 *
 * @param key a private key (PKCS #8) in PEM
 * @param certificate its certificate in PEM, and those that signed it
 */
public record Tls(Path key, Path certificate) {
    /** Checks that no component is null. */
    public Tls {
        NullChecks.require("key", key, "certificate", certificate);
    }

    /** @throws BadInputException naming the files, when they are no such pair */
    SslContext context() {
        try {
            return SslContextBuilder.forServer(certificate.toFile(), key.toFile())
                    .protocols("TLSv1.3", "TLSv1.2")
                    .build();
        } catch (SSLException | IllegalArgumentException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new BadInputException(
                    certificate + ", " + key + ": are no certificate and private key in PEM (" + cause.getMessage()
                            + "); make the key one of PKCS #8: openssl pkcs8 -topk8 -nocrypt",
                    e);
        }
    }
}
