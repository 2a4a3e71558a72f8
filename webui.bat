@echo off
rem Starts Easel, after setting it up when that is needed. Flags: docs/flags.md. Your own settings: webui-user.bat.
setlocal

set "PROGRAM=%~dp0"
if not defined VENV_DIR set "VENV_DIR=venv"
set "VENV_PYTHON=%PROGRAM%%VENV_DIR%\Scripts\python.exe"
if "%VENV_DIR:~1,1%" == ":" set "VENV_PYTHON=%VENV_DIR%\Scripts\python.exe"

rem MAKER is the Python to set up with, ready to be run: that of the environment, the one named, or one found.
if not exist "%VENV_PYTHON%" goto :named
set MAKER="%VENV_PYTHON%"
call :is_new_enough
if not errorlevel 1 goto :set_up

:named
if defined PYTHON_CMD set "PYTHON=%PYTHON_CMD%"
if not defined PYTHON goto :found
set MAKER=%PYTHON%
if exist "%PYTHON%" set MAKER="%PYTHON%"
call :is_new_enough
if not errorlevel 1 goto :set_up
echo PYTHON=%PYTHON% is not a Python 3.11 or newer that runs: change it in webui-user.bat.
exit /b 1

:found
set MAKER=py -3.13
call :is_new_enough
if not errorlevel 1 goto :set_up
set MAKER=py -3.12
call :is_new_enough
if not errorlevel 1 goto :set_up
set MAKER=py -3.11
call :is_new_enough
if not errorlevel 1 goto :set_up
set MAKER=python
call :is_new_enough
if not errorlevel 1 goto :set_up
echo Easel needs Python 3.11 or newer. Install it from python.org, tick "Add python.exe to PATH", and start again.
exit /b 1

:set_up
pushd "%PROGRAM%"
%MAKER% -m modules.setup %*
set "CODE=%ERRORLEVEL%"
popd
if "%CODE%" == "3" exit /b 0
if not "%CODE%" == "0" exit /b %CODE%
if exist "%VENV_PYTHON%" set MAKER="%VENV_PYTHON%"

rem The program asks to be started again by leaving tmp\restart behind.
set "SD_WEBUI_RESTART=%PROGRAM%tmp\restart"
if exist "%SD_WEBUI_RESTART%" del "%SD_WEBUI_RESTART%"
:again
%MAKER% "%PROGRAM%webui.py" %*
set "CODE=%ERRORLEVEL%"
if not exist "%SD_WEBUI_RESTART%" exit /b %CODE%
del "%SD_WEBUI_RESTART%"
set "SD_WEBUI_RESTARTING=1"
goto :again

:is_new_enough
%MAKER% -c "import sys; sys.exit(sys.version_info < (3, 11))" >nul 2>nul
exit /b %ERRORLEVEL%
