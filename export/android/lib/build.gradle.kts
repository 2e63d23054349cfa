plugins {
    id("com.android.library")
}

android {
    namespace = "org.bertsum.android"
    compileSdk = 36

    defaultConfig {
        minSdk = 26
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }
}

dependencies {
    api(project(":core"))
    implementation("com.google.ai.edge.litert:litert:2.3.2")
}
