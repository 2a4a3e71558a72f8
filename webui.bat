@echo off
rem Starts Easel, after setting it up when that is needed. Flags: docs/flags.md. Your own settings: webui-user.bat.
setlocal

set "PROGRAM=%~dp0"
if not defined VENV_DIR set "VENV_DIR=venv"
set "VENV_PYTHON=%PROGRAM%%VENV_DIR%\Scripts\python.exe"
if not "%VENV_DIR:~1,1%" == ":" goto :venv_named
set "VENV_PYTHON=%VENV_DIR%\Scripts\python.exe"
:venv_named

set "MAKER=%VENV_PYTHON%"
call :is_new_enough && goto :set_up
if defined PYTHON_CMD set "PYTHON=%PYTHON_CMD%"
if not defined PYTHON goto :look_for_python
set MAKER=%PYTHON%
call :is_new_enough && goto :set_up
echo PYTHON=%PYTHON% is not a Python 3.11 or newer that runs: change it in webui-user.bat.
exit /b 1

:look_for_python
for %%C in ("py -3.13" "py -3.12" "py -3.11" "python" "python3") do (
    set MAKER=%%~C
    call :is_new_enough && goto :set_up
)
echo Easel needs Python 3.11 or newer. Install it from python.org, tick "Add python.exe to PATH", and start again.
exit /b 1

:set_up
pushd "%PROGRAM%"
%MAKER_QUOTED% -m modules.setup %*
set "CODE=%ERRORLEVEL%"
popd
if "%CODE%" == "3" exit /b 0
if not "%CODE%" == "0" exit /b %CODE%
if not exist "%VENV_PYTHON%" goto :run
set MAKER_QUOTED="%VENV_PYTHON%"

:run
rem The program asks to be started again by leaving tmp\restart behind.
set "SD_WEBUI_RESTART=%PROGRAM%tmp\restart"
if exist "%SD_WEBUI_RESTART%" del "%SD_WEBUI_RESTART%"
:again
%MAKER_QUOTED% "%PROGRAM%webui.py" %*
set "CODE=%ERRORLEVEL%"
if not exist "%SD_WEBUI_RESTART%" exit /b %CODE%
del "%SD_WEBUI_RESTART%"
set "SD_WEBUI_RESTARTING=1"
goto :again

rem Succeeds when MAKER, a path or a command with its arguments, is a Python that will do.
:is_new_enough
set MAKER_QUOTED=%MAKER%
if exist "%MAKER%" set MAKER_QUOTED="%MAKER%"
%MAKER_QUOTED% -c "import sys; sys.exit(sys.version_info < (3, 11))" >nul 2>nul
exit /b %ERRORLEVEL%
