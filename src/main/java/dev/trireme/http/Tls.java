package dev.trireme.http;

import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/**
 * What a server proves who it is by.
 *
 * @param key a private key (PKCS #8) in PEM
 * @param certificate its certificate in PEM, and those that signed it
 */
public record Tls(Path key, Path certificate) {
    private static final Pattern PKCS8 =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]*)-----END PRIVATE KEY-----");

    private static final Pattern CERTIFICATE =
            Pattern.compile("-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----");

    /** Checks that no component is null. */
    public Tls {
        NullChecks.require("key", key, "certificate", certificate);
    }

    /**
     * Reads the files.
     *
     * @throws BadInputException naming the file that is not what it should be, or both when they are no pair
     */
    public void requirePair() {
        context();
    }

    /** @throws BadInputException as {@link #requirePair} */
    SslContext context() {
        List<X509Certificate> chain = chain();
        PublicKey shown = chain.get(0).getPublicKey();
        PrivateKey own = privateKey(shown.getAlgorithm());
        if (!isPair(own, shown)) {
            throw new BadInputException(
                    key + ": is not the key of " + certificate + "; give the two that belong together");
        }
        try {
            return SslContextBuilder.forServer(own, chain)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .build();
        } catch (SSLException e) {
            throw new BadInputException(key + ", " + certificate + ": cannot be used (" + e.getMessage() + ")", e);
        }
    }

    private List<X509Certificate> chain() {
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            List<X509Certificate> chain = new ArrayList<>();
            Matcher blocks = CERTIFICATE.matcher(Files.readString(certificate, StandardCharsets.ISO_8859_1));
            while (blocks.find()) { // the file may have its key, too
                byte[] block = blocks.group().getBytes(StandardCharsets.ISO_8859_1);
                chain.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block)));
            }
            if (chain.isEmpty()) {
                throw new CertificateException("it has no such part");
            }
            return chain;
        } catch (IOException e) {
            throw new BadInputException(certificate + ": cannot be read (" + e + "); name the server's certificate", e);
        } catch (CertificateException e) {
            throw new BadInputException(
                    certificate + ": is no certificate in PEM (" + e.getMessage() + "); name the server's", e);
        }
    }

    private PrivateKey privateKey(String algorithm) {
        try {
            Matcher pem = PKCS8.matcher(Files.readString(key, StandardCharsets.ISO_8859_1));
            if (!pem.find()) {
                throw noKey("it has no such part");
            }
            byte[] bytes = Base64.getMimeDecoder().decode(pem.group(1));
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
        } catch (IOException e) {
            throw new BadInputException(key + ": cannot be read (" + e + "); name the server's private key", e);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw noKey("it is not of kind " + algorithm + ", as " + certificate + " is");
        }
    }

    private BadInputException noKey(String why) {
        return new BadInputException(key + ": is no private key of PKCS #8 in PEM (" + why
                + "); make it one: openssl pkcs8 -topk8 -nocrypt");
    }

    private static boolean isPair(PrivateKey own, PublicKey shown) {
        String algorithm = switch (shown.getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            case "RSASSA-PSS" -> ""; // needs parameters of its own; a wrong key fails at the first handshake
            default -> shown.getAlgorithm();
        };
        if (algorithm.isEmpty()) {
            return true;
        }
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(own);
            signature.update((byte) 1);
            byte[] signed = signature.sign();
            signature.initVerify(shown);
            signature.update((byte) 1);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
