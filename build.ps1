# Builds SpectralMC's image and starts its container; docs/docker.md tells what is in it.
#   ./build.ps1 [-Detached] [-NoCache] [-Pull] [-Source]
# What docker/compose.sh checks and decides for Linux, this does for Windows.
[CmdletBinding()]
param(
    # Leave the container running in the background.
    [switch]$Detached,
    # Build every layer anew.
    [switch]$NoCache,
    # Look for newer base images of the same tag.
    [switch]$Pull,
    # CUDA 11.8 and PyTorch from source, for GPUs since Maxwell: BUILD_FROM_SOURCE=true.
    [switch]$Source
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$folder = Join-Path $PSScriptRoot 'docker'

function Stop-WithMessage([string]$Message) {
    [Console]::Error.WriteLine($Message)
    exit 1
}

# The shell's value of a variable, or that of docker/.env.
function Get-Setting([string]$Name) {
    $value = [Environment]::GetEnvironmentVariable($Name)
    if ($null -ne $value) { return $value }
    $file = Join-Path $folder '.env'
    if (-not (Test-Path -LiteralPath $file)) { return '' }
    $found = ''
    foreach ($line in Get-Content -LiteralPath $file) {
        if ($line -match "^\s*(export\s+)?$Name\s*=\s*(.*)$") { $found = $Matches[2] }
    }
    if ($found -match "^'(.*)'") { return $Matches[1] }
    if ($found -match '^"(.*)"') { return $Matches[1] }
    return ($found -replace '(^|\s+)#.*$', '').Trim()
}

if ($Source) { $env:BUILD_FROM_SOURCE = 'true' }
$fromSource = Get-Setting 'BUILD_FROM_SOURCE'
if ($fromSource -cnotin '', 'true', 'false') {
    Stop-WithMessage "BUILD_FROM_SOURCE is '$fromSource'; it is true (CUDA 11.8, for GPUs since Maxwell), or false, empty or unset (CUDA 12.8)."
}
$slim = Get-Setting 'SLIM'
if ($slim -cnotin '', 'true', 'false') {
    Stop-WithMessage "SLIM is '$slim'; it is true (without PyTorch and CuPy), or false, empty or unset."
}

if (-not (Get-Command docker -ErrorAction SilentlyContinue)) {
    Stop-WithMessage 'There is no docker on PATH. Install Docker Desktop: https://docs.docker.com/desktop/'
}
# What docker says of errors is not this script's: an error stream of a program is no exception here.
$ErrorActionPreference = 'Continue'
$version = "$(docker version --format '{{.Server.Version}}' 2>$null)".Trim()
if ($LASTEXITCODE -ne 0 -or -not $version) {
    Stop-WithMessage "Docker's daemon does not answer. Start Docker Desktop and wait until it says that it is running."
}
if ($version -notmatch '^(\d+)\.(\d+)') { Stop-WithMessage "Docker's version is '$version', which this script cannot read." }
if ([version]"$($Matches[1]).$($Matches[2])" -lt [version]'18.9') {
    Stop-WithMessage "Docker is $version; BuildKit takes 18.09 or newer, and has been Docker's default since 23.0."
}
$env:DOCKER_BUILDKIT = '1'
$env:COMPOSE_DOCKER_CLI_BUILD = '1'

docker compose version *> $null
if ($LASTEXITCODE -ne 0) { Stop-WithMessage 'There is no Compose plugin. Docker Desktop brings it; update it.' }

$gpu = Get-Setting 'SPECTRALMC_GPU'
if ($gpu -cnotin '', 'auto', 'true', 'false') { Stop-WithMessage "SPECTRALMC_GPU is '$gpu'; it is auto, true or false." }
if ($gpu -cin '', 'auto') {
    $gpu = if ("$(docker info --format '{{json .Runtimes}}' 2>$null)" -match 'nvidia') { 'true' } else { 'false' }
    if ($gpu -eq 'false') {
        Write-Warning 'Docker has no NVIDIA runtime: the container gets no GPU. SPECTRALMC_GPU=true asks for it all the same.'
    }
}
if ($gpu -eq 'false' -and "$(docker compose version --short 2>$null)" -match '^v?(\d+)\.(\d+)') {
    if ([version]"$($Matches[1]).$($Matches[2])" -lt [version]'2.24') {
        Stop-WithMessage "Compose is $($Matches[1]).$($Matches[2]); to start without a GPU takes 2.24 or newer. Update Docker Desktop."
    }
}

# The place of a mount within the mounted tree.
foreach ($name in 'out', 'build') { New-Item -ItemType Directory -Force (Join-Path $PSScriptRoot $name) | Out-Null }

$compose = @('compose', '--project-name', 'spectralmc', '--file', 'docker-compose.yml')
if ($gpu -eq 'false') { $compose += @('--file', 'docker-compose.cpu.yml') }

$build = @('build')
if ($NoCache) { $build += '--no-cache' }
if ($Pull) { $build += '--pull' }
$up = @('up')
if ($Detached) { $up += '--detach' }

# Compose reads the .env of the folder it is started in too, so that is the one whose .env was read above.
Push-Location -LiteralPath $folder
try {
    & docker @compose @build
    if ($LASTEXITCODE -eq 0) { & docker @compose @up }
    $status = $LASTEXITCODE
}
finally { Pop-Location }
exit $status
