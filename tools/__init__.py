"""Development tools of SpectralMC. docs/build-artifacts.md says what each is for."""
