package org.bertsum.core;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;

/**
 * Reads files that may be damaged, and prints a line for each: "whole", or the message.
 *
 * <p>{@code ModelFileCheck <characters.json> <file> ...}. Anything but a {@link ModelFileException}
 * ends it.
 */
public final class ModelFileCheck {
    private ModelFileCheck() {}

    public static void main(String[] arguments) throws IOException {
        String characters =
                new String(Files.readAllBytes(Paths.get(arguments[0])), StandardCharsets.UTF_8);
        for (int index = 1; index < arguments.length; index++) {
            try {
                ModelFile.read(GoldenCheck.mapped(arguments[index]), "It", characters);
                System.out.println("whole");
            } catch (ModelFileException error) {
                System.out.println(error.getMessage());
            }
        }
    }
}
