package dev.trireme.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Keys and certificates as they are in files. */
@Timeout(60)
class HttpTlsTest extends RawHttp {
    @Test
    void filesThatAreNoKeyAndCertificateAreNamed() throws Exception {
        Tls own = SelfSigned.make(folder, "EC").files();
        Tls other = SelfSigned.make(folder, "EC").files();
        Tls rsa = SelfSigned.make(folder, "RSA").files();
        Path rubbish = Files.writeString(folder.resolve("rubbish.pem"), "rubbish");
        Path missing = folder.resolve("missing.pem");
        String pkcs8 = "; make it one: openssl pkcs8 -topk8 -nocrypt";
        refused(new Tls(rubbish, own.certificate()), rubbish + ": is no private key of PKCS #8", pkcs8);
        refused(new Tls(own.certificate(), own.certificate()), own.certificate() + ": is no private key", pkcs8);
        refused(new Tls(missing, own.certificate()), missing + ": cannot be read");
        refused(new Tls(own.key(), rubbish), rubbish + ": is no certificate in PEM");
        refused(new Tls(own.key(), own.key()), own.key() + ": is no certificate in PEM");
        refused(new Tls(own.key(), missing), missing + ": cannot be read");
        refused(new Tls(other.key(), own.certificate()), other.key() + ": is not the key of " + own.certificate());
        refused(new Tls(rsa.key(), own.certificate()), rsa.key() + ": is no private key", "not of kind EC");
        try (HttpServer server = listen(QUICK, Optional.of(rsa), RawHttp::echo)) {
            assertThat(server.port()).isPositive();
        }
    }

    /** As some programs write them. */
    @Test
    void keyAndCertificateMayBeOneFile() throws Exception {
        SelfSigned certificate = SelfSigned.make(folder, "EC");
        String key = Files.readString(certificate.files().key());
        String shown = Files.readString(certificate.files().certificate());
        for (String text : List.of(key + shown, shown + key)) {
            Path both = Files.writeString(folder.resolve("both.pem"), text);
            try (HttpServer server = listen(QUICK, Optional.of(new Tls(both, both)), RawHttp::echo);
                    Socket socket = certificate
                            .client()
                            .getSocketFactory()
                            .createSocket(InetAddress.getLoopbackAddress(), server.port())) {
                socket.getOutputStream()
                        .write("GET /both HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                                .getBytes(StandardCharsets.UTF_8));
                assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                        .endsWith("GET /both ");
            }
        }
    }

    private void refused(Tls files, String... parts) {
        assertThatThrownBy(() -> listen(QUICK, Optional.of(files), RawHttp::echo))
                .isInstanceOf(BadInputException.class)
                .hasMessageContainingAll(parts);
    }
}
