@echo off
rem Sets the course up once, in .venv beside this file, looks whether all is well, and opens it.
rem With the word "check" it does not open it; other words are passed on to JupyterLab.
setlocal
chcp 65001 >nul
cd /d "%~dp0"

for %%f in (wheels\duecourse-*.whl) do set "wheel=%%f"
set "wanted=%cd% @state@"
set "ready="
if exist .venv\ready set /p ready=<.venv\ready
if "%ready%"=="%wanted%" goto start

set "python="
for %%p in ("py -3" python python3) do (
    if not defined python %%~p -c "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))" >nul 2>nul && set "python=%%~p"
)
if not defined python (
    echo @needs@
    pause
    exit /b 1
)
echo @once@
%python% -m venv --clear .venv || goto failed
set "install=.venv\Scripts\python.exe -m pip install --quiet --disable-pip-version-check --find-links wheels --constraint constraints.txt"
rem Libraries that lie in wheels need no network.
%install% --no-index "%wheel%" >nul 2>nul || %install% "%wheel%" || goto failed
>.venv\ready echo %wanted%

:start
.venv\Scripts\python.exe -m duecourse.cli doctor || goto failed
if "%~1"=="check" exit /b 0
set "JUPYTERLAB_SETTINGS_DIR=%cd%\settings"
.venv\Scripts\python.exe -m jupyterlab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks/00-start-here.ipynb %*
exit /b %errorlevel%

:failed
pause
exit /b 1
