plugins {
    `java-library`
}

java {
    sourceCompatibility = JavaVersion.VERSION_11
    targetCompatibility = JavaVersion.VERSION_11
}

tasks.withType<JavaCompile> {
    options.encoding = "UTF-8"
}

// src/test has programs that tests/test_android_core.py of the project runs, not test classes.
tasks.test {
    enabled = false
}
