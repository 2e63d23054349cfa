package org.bertsum.core;

import java.io.IOException;

/**
 * Reads files that may be damaged, and prints a line for each: "whole", or the message.
 *
 * <p>{@code ModelFileCheck <file> ...}. Anything but a {@link ModelFileException}
 * ends it.
 */
public final class ModelFileCheck {
    private ModelFileCheck() {}

    public static void main(String[] arguments) throws IOException {
        for (String path : arguments) {
            try {
                ModelFile.read(GoldenCheck.mapped(path), "It");
                System.out.println("whole");
            } catch (ModelFileException error) {
                System.out.println(error.getMessage());
            }
        }
    }
}
