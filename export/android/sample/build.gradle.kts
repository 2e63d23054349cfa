plugins {
    id("com.android.application")
}

android {
    namespace = "org.bertsum.sample"
    compileSdk = 36

    defaultConfig {
        applicationId = "org.bertsum.sample"
        minSdk = 26
        targetSdk = 36
        versionCode = 1
        versionName = "1.0"
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }
}

dependencies {
    implementation(project(":lib"))
}
