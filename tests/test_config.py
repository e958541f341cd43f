# -*- test-case-name: tests.test_config -*-
"""
The configuration: who has the last word, and that every mistake is named where it was made.
"""

import errno
import tempfile
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from attrs import evolve, fields
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.config import (
    OPTIONS,
    BadSetting,
    Channel,
    Config,
)
from rtgplayout.loading import check_folders, check_media, describe, load

NAMES = [each.name for each in fields(Config) if each.name != "sources"]


class ConfigCase(SynchronousTestCase):
    """A machine with some files."""

    def load(
        self,
        options: Mapping[str, str | None] | None = None,
        environ: Mapping[str, str] | None = None,
        files: Mapping[str, str | bytes | OSError] | None = None,
        localtime: str | None = None,
    ) -> Config:
        def read(path: Path) -> bytes:
            content = (files or {}).get(str(path))
            if content is None:
                raise FileNotFoundError(errno.ENOENT, "No such file or directory")
            if isinstance(content, OSError):
                raise content
            return content.encode() if isinstance(content, str) else content

        def readlink(path: str) -> str:
            if localtime is None or path != "/etc/localtime":
                raise OSError(errno.EINVAL, "Invalid argument")
            return localtime

        return load(options or {}, environ or {}, read, readlink)

    def assert_refused(self, source: str, name: str, sentence: str, **said: Any) -> None:
        """What was said is refused, naming the source and the setting, with such a sentence."""
        error = self.assertRaises(BadSetting, self.load, **said)
        self.assertEqual((error.source, error.name), (source, name))
        self.assertIn(sentence, error.sentence)
        self.assertEqual(str(error), f"{source}: {name}: {error.sentence}")
        self.assertNotIn("\n", str(error))


class SourcesTests(ConfigCase):
    """Where settings come from."""

    def test_defaults(self) -> None:
        """With nothing said it is the old system's configuration, on this machine alone."""
        self.assertEqual(self.load(), Config())
        found = Config()
        self.assertEqual((found.caspar_host, found.caspar_port), ("127.0.0.1", 5250))
        self.assertEqual((found.http_port, found.ws_port, found.listen), (3000, 8080, "127.0.0.1"))
        self.assertEqual(found.channels, (Channel(1, 10, Fraction(25)),))
        self.assertEqual(found.as_run_folder, Path("data/as-run"))

    def test_rising_order(self) -> None:
        """The command line outranks the environment, that a .env file, that a TOML file."""
        files: dict[str, str | bytes | OSError] = {"rtgplayout.toml": "http_port = 1\nws_port = 11"}
        self.assertEqual(self.load(files=files).http_port, 1)
        files[".env"] = "HTTP_PORT=2"
        self.assertEqual(self.load(files=files).http_port, 2)
        environ = {"HTTP_PORT": "3"}
        self.assertEqual(self.load(environ=environ, files=files).http_port, 3)
        found = self.load({"http-port": "4", "ws-port": None}, environ, files)
        self.assertEqual((found.http_port, found.ws_port), (4, 11))
        self.assertEqual(found.sources, {"http_port": "command line", "ws_port": "rtgplayout.toml"})

    def test_environment_names(self) -> None:
        """The five names of the old documents, and the rest with our prefix."""
        found = self.load(
            environ={
                "CASPAR_HOST": "a",
                "CASPAR_PORT": "1",
                "HTTP_PORT": "2",
                "WS_PORT": "3",
                "PREFERRED_IP": "172.16.4.180",
                "RTGPLAYOUT_MAX_CLIENTS": "4",
                "RTGPLAYOUT_DATA_DIR": "/d",
                "PATH": "/bin",
                "NODE_ENV": "production",
            }
        )
        self.assertEqual(
            found,
            Config(
                caspar_host="a",
                caspar_port=1,
                http_port=2,
                ws_port=3,
                preferred_ip="172.16.4.180",
                max_clients=4,
                data_dir=Path("/d"),
            ),
        )

    def test_every_setting_everywhere(self) -> None:
        """Each setting can be said in each source; said in one, it is as in another."""
        written = {
            "data_dir": "d",
            "media_dir": "m",
            "media_sources": "scanner,disk",
            "media_watch": "poll",
            "scanner_url": "http://192.0.2.10:8000/",
            "clip_prefix": "medias/",
            "page_dir": "p",
            "import_dir": "i",
            "as_run_dir": "r",
            "caspar_host": "caspar.example",
            "caspar_port": "5251",
            "osc_port": "6250",
            "http_port": "3001",
            "ws_port": "8081",
            "listen": "0.0.0.0",
            "preferred_ip": "192.0.2.1",
            "zone": "Europe/Bucharest",
            "rate": "50",
            "filler": "loop.mov",
            "slate": "#000000",
            "channels": "1-11,2",
            "minimum_trim_seconds": "2.5",
            "give_up_after": "10",
            "allowed_origins": "http://a,http://b",
            "max_clients": "5",
            "station": "Kanal 5",
            "as_run_report": "false",
            "as_run_compress_days": "7",
            "as_run_keep_days": "0",
            "preflight_hours": "12",
            "log_format": "json",
            "log_level": "warn,amcp=debug",
            "log_dir": "l",
            "log_size_mb": "1.5",
            "log_files": "3",
            "alert_link_seconds": "2",
            "alert_schedule_minutes": "30",
            "alert_missing_hours": "2",
            "alert_disk_percent": "80",
            "alert_memory_mb": "300",
            "alert_webhooks": "https://hooks.example/a,https://hooks.example/b",
            "alert_webhook_secret": "between us",
            "alert_mail_to": "desk@station.example",
            "alert_mail_from": "playout@station.example",
            "smtp_host": "mail.example",
            "smtp_port": "587",
            "smtp_security": "starttls",
            "smtp_user": "playout",
            "smtp_password": "between us two",
            "heartbeat_url": "https://beat.example/1?x=y",
            "heartbeat_seconds": "30",
            "backup_dir": "b",
            "backup_at": "05:00",
            "backup_keep": "3",
        }
        self.assertEqual(list(written), NAMES)
        by_option = self.load({name.replace("_", "-"): text for name, text in written.items()})
        for name in NAMES:
            self.assertNotEqual(getattr(by_option, name), getattr(Config(), name), name)
        toml = "\n".join(f'{name} = "{text}"' for name, text in written.items())
        self.assertEqual(self.load(files={"rtgplayout.toml": toml}), by_option)
        named = {"CASPAR_HOST", "CASPAR_PORT", "HTTP_PORT", "WS_PORT", "PREFERRED_IP"}
        environ = {
            name.upper() if name.upper() in named else f"RTGPLAYOUT_{name.upper()}": text
            for name, text in written.items()
        }
        self.assertEqual(self.load(environ=environ), by_option)
        env_file = "\n".join(f"export {name}='{text}'" for name, text in environ.items())
        self.assertEqual(self.load(files={".env": env_file}), by_option)

    def test_named_files(self) -> None:
        """Files that are named stand in the place of those in the working directory."""
        files = {"a.toml": "max_clients = 1", "b.env": "RTGPLAYOUT_CONFIG=a.toml", ".env": "x"}
        self.assertEqual(
            self.load({"config": "a.toml", "env-file": "b.env"}, {}, files),
            self.load({}, {"RTGPLAYOUT_ENV_FILE": "b.env"}, files),
        )
        found = self.load({}, {"RTGPLAYOUT_CONFIG": "a.toml"}, {"a.toml": "max_clients = 1"})
        self.assertEqual(found.max_clients, 1)

    def test_empty_names(self) -> None:
        """A file named by nothing is not named."""
        self.assertEqual(
            self.load({}, {"RTGPLAYOUT_CONFIG": "", "RTGPLAYOUT_ENV_FILE": ""}), Config()
        )

    def test_env_file_text(self) -> None:
        """Quotes, comments and other programs' settings in a .env file."""
        text = '# ours\n\nNODE_ENV=production\nCASPAR_HOST="a" # where\nexport HTTP_PORT=1\n'
        found = self.load(files={".env": text})
        self.assertEqual((found.caspar_host, found.http_port), ("a", 1))

    def test_options_of_others(self) -> None:
        """Options of the command that are no settings are not looked at."""
        self.assertEqual(self.load({"check-config": "1"}), Config())

    def test_scripts(self) -> None:
        """What the scripts beside the daemon read from the environment is no mistake."""
        self.assertEqual(self.load(environ={"RTGPLAYOUT_JOBS": "1"}), Config())

    def test_home(self) -> None:
        """A folder may be written as below the home folder."""
        self.assertEqual(self.load({"data-dir": "~/d"}).data_dir, Path.home() / "d")


class ChannelsTests(ConfigCase):
    """Several channels."""

    def test_common(self) -> None:
        """A channel that does not say its own rate, filler or slate has the common one."""
        toml = """
            rate = "50"
            filler = "loop.mov"
            slate = "sorry.mov"
            [[channels]]
            number = 1
            [[channels]]
            number = 2
            layer = 12
            rate = 25
            filler = ""
            slate = "#102030"
        """
        self.assertEqual(
            self.load(files={"rtgplayout.toml": toml}).channels,
            (
                Channel(1, 10, Fraction(50), "loop.mov", "sorry.mov"),
                Channel(2, 12, Fraction(25), None, "#FF102030"),
            ),
        )

    def test_common_of_the_default_channel(self) -> None:
        """The common ones are for the channel that nobody listed too."""
        self.assertEqual(
            self.load({"rate": "30", "filler": "a.mov"}).channels,
            (Channel(1, 10, Fraction(30), "a.mov"),),
        )


class ZoneTests(ConfigCase):
    """The time zone, when nobody says which."""

    def test_variable(self) -> None:
        """TZ, in the forms that the C library reads."""
        for text in (
            "Europe/Bucharest",
            ":Europe/Bucharest",
            "/usr/share/zoneinfo/Europe/Bucharest",
        ):
            with self.subTest(text=text):
                found = self.load(environ={"TZ": text}, localtime="/usr/share/zoneinfo/Asia/Tokyo")
                self.assertEqual(found.zone, ZoneInfo("Europe/Bucharest"))

    def test_link(self) -> None:
        """Else what /etc/localtime is a link to."""
        for environ in ({}, {"TZ": "nowhere"}):
            found = self.load(
                environ=environ,
                localtime="../usr/share/zoneinfo/Asia/Tokyo",
                files={"/etc/timezone": "Europe/Bucharest\n"},
            )
            self.assertEqual(found.zone, ZoneInfo("Asia/Tokyo"))

    def test_file(self) -> None:
        """Else what /etc/timezone says."""
        found = self.load(files={"/etc/timezone": "Europe/Bucharest\n"})
        self.assertEqual(found.zone, ZoneInfo("Europe/Bucharest"))

    def test_none(self) -> None:
        """Else UTC; what cannot be read is passed over."""
        for content in (b"\xff", "nowhere", PermissionError(errno.EACCES, "Permission denied")):
            found = self.load(files={"/etc/timezone": content}, localtime="/somewhere/else")
            self.assertEqual(found.zone, ZoneInfo("UTC"))

    def test_said(self) -> None:
        """What is said outranks the system."""
        found = self.load({"zone": "Asia/Tokyo"}, {"TZ": "Europe/Bucharest"})
        self.assertEqual(found.zone, ZoneInfo("Asia/Tokyo"))


class MistakesTests(ConfigCase):
    """What is said wrongly."""

    def test_each_source(self) -> None:
        """A value that cannot be is refused by the name that it has where it was said."""
        right = "from 0 to 65535"
        self.assert_refused("command line", "--http-port", right, options={"http-port": "70000"})
        self.assert_refused("environment", "HTTP_PORT", right, environ={"HTTP_PORT": "70000"})
        self.assert_refused(
            "environment", "RTGPLAYOUT_OSC_PORT", right, environ={"RTGPLAYOUT_OSC_PORT": "-1"}
        )
        self.assert_refused(".env", "WS_PORT", right, files={".env": "WS_PORT=x"})
        self.assert_refused(
            "rtgplayout.toml", "ws_port", right, files={"rtgplayout.toml": "ws_port = 70000"}
        )

    def test_values(self) -> None:
        """Settings that are often wrong, with what would be right."""
        for option, text, right in (
            ("caspar-host", "", "host name"),
            ("caspar-port", "0", "from 1"),
            ("zone", "Europe/Bukarest", "Europe/Bucharest"),
            ("rate", "26", "25"),
            ("data-dir", "", "one line"),
            ("listen", "studio", "IP address"),
            ("channels", "", "1-10"),
        ):
            with self.subTest(option=option):
                self.assert_refused("command line", f"--{option}", right, options={option: text})

    def test_overruled(self) -> None:
        """What a higher source overrules is not looked at."""
        found = self.load({"http-port": "1"}, {"HTTP_PORT": "nonsense"})
        self.assertEqual(found.http_port, 1)

    def test_unknown_key(self) -> None:
        """A key of the TOML file that is not known is refused, with the one that was meant."""
        self.assert_refused(
            "a.toml",
            "htp_port",
            "did you mean http_port?",
            options={"config": "a.toml"},
            files={"a.toml": "htp_port = 1"},
        )

    def test_unknown_variable(self) -> None:
        """A name with our prefix that is not known is refused, with the one that was meant."""
        for name, meant in (
            ("RTGPLAYOUT_MAX_CLIENT", "did you mean RTGPLAYOUT_MAX_CLIENTS?"),
            ("RTGPLAYOUT_HTTP_PORT", "it is HTTP_PORT"),
            ("RTGPLAYOUT_", "not known"),
        ):
            with self.subTest(name=name):
                self.assert_refused("environment", name, meant, environ={name: "1"})
                self.assert_refused(".env", name, meant, files={".env": f"{name}=1"})

    def test_missing_files(self) -> None:
        """A file that was named and is not there is refused."""
        self.assert_refused("a", "config", "no such file", options={"config": "a"})
        self.assert_refused("a", "config", "no such file", environ={"RTGPLAYOUT_CONFIG": "a"})
        self.assert_refused("a", "env-file", "no such file", options={"env-file": "a"})

    def test_unreadable_files(self) -> None:
        """A file that is there and cannot be read is refused, whether it was named or not."""
        denied = PermissionError(errno.EACCES, "Permission denied")
        self.assert_refused(".env", "env-file", "Permission denied", files={".env": denied})
        self.assert_refused(".env", "env-file", "UTF-8", files={".env": b"\xff"})
        name = "rtgplayout.toml"
        self.assert_refused(name, "config", "Permission denied", files={name: denied})
        self.assert_refused(name, "config", "not TOML", files={name: "http_port 1"})

    def test_nonsense_in_an_env_file(self) -> None:
        """Whatever stands there, it is refused in one sentence, or means what it says."""
        at_all = bytes(range(256))
        for content in (
            at_all,
            "HTTP_PORT=1".encode("utf-16"),
            b"HTTP_PORT=30\0\n",
            b"=\n",
            b"(((",
        ):
            with self.subTest(content=content), self.assertRaises(BadSetting) as caught:
                self.load(files={".env": content})
            self.assertEqual(caught.exception.source, ".env")
            self.assertNotIn("\n", str(caught.exception))
        for content in (
            b"\xef\xbb\xbfHTTP_PORT=3111\n",
            b"HTTP_PORT=1\nHTTP_PORT=3111\n",
            b"HTTP_PORT=3111\rFOO=1\r",
            b"HTTP_PORT=3111\r\r\n\r\n",
        ):
            with self.subTest(content=content):
                self.assertEqual(self.load(files={".env": content}).http_port, 3111)

    def test_a_file_that_is_no_file_of_settings(self) -> None:
        """One that never ends is not read to its end; one that is large costs no minute."""
        right = "more than 1 MB"
        self.assert_refused(".env", "env-file", right, files={".env": b"# x\n" * (1 << 19)})
        with self.assertRaisesRegex(BadSetting, right):
            load({"env-file": "/dev/zero"}, {})

    def test_env_file_lines(self) -> None:
        """A line of a .env file that is none is named."""
        for text in ("A=1\n\nHTTP_PORT\n", "A=1\n\n'x\n", "A=1\n#\nHTTP_PORT 80"):
            with self.subTest(text=text):
                self.assert_refused(".env", "line 3", "NAME=value", files={".env": text})

    def test_same_port(self) -> None:
        """The page and the WebSocket cannot have one port, but both any."""
        self.assert_refused(
            "command line", "--http-port", "different", options={"http-port": "8080"}
        )
        self.assert_refused(
            "environment",
            "WS_PORT",
            "different",
            options={"http-port": "9000"},
            environ={"WS_PORT": "9000"},
        )
        found = self.load({"http-port": "0", "ws-port": "0"})
        self.assertEqual((found.http_port, found.ws_port), (0, 0))


class PlaceTests(ConfigCase):
    """Where things are when nobody says it."""

    def test_scanner(self) -> None:
        """Where CasparCG runs; an address of version 6 in its brackets."""
        for host, address in (
            ("caspar", "http://caspar:8000"),
            ("fd00::1", "http://[fd00::1]:8000"),
        ):
            self.assertEqual(self.load({"caspar-host": host}).scanner, address)
        said = self.load({"scanner-url": "http://a:1"})
        self.assertEqual(said.scanner, "http://a:1")

    def test_imports(self) -> None:
        """In the data folder."""
        self.assertEqual(self.load({"data-dir": "/d"}).import_folder, Path("/d/imports"))
        self.assertEqual(self.load({"import-dir": "/i"}).import_folder, Path("/i"))


class OptionsTests(SynchronousTestCase):
    """What the command line offers."""

    def test_every_setting(self) -> None:
        """Every setting is an option, with a sentence of help that fits its screen."""
        names = [name for name, _ in OPTIONS]
        self.assertEqual(names, ["config", "env-file", *(name.replace("_", "-") for name in NAMES)])
        for name, sentence in OPTIONS:
            self.assertTrue(sentence, name)
            self.assertNotIn("\n", sentence)

    def test_defaults(self) -> None:
        """The help says what a setting is when nobody says anything."""
        said = dict(OPTIONS)
        self.assertTrue(said["http-port"].endswith("[3000]"))
        self.assertTrue(said["channels"].endswith("[1-10]"))
        self.assertFalse(said["filler"].endswith("]"))


class DescribeTests(ConfigCase):
    """The configuration in words."""

    def test_is_toml(self) -> None:
        """It is a TOML file that says the same."""
        for options in (
            {},
            {
                "channels": "1-11,2-12",
                "rate": "29.97",
                "slate": "#000000",
                "filler": 'a "quoted" é.mov',
                "allowed-origins": "http://a,http://b",
                "as-run-dir": "/r",
                "zone": "Europe/Bucharest",
            },
        ):
            found = self.load(options)
            text = describe(found)
            self.assertEqual(self.load(files={"rtgplayout.toml": text}), found)

    def test_sources(self) -> None:
        """Each setting is there, with where it was said."""
        text = describe(self.load({"http-port": "1"}, {"CASPAR_HOST": "a"}))
        self.assertIn('caspar_host = "a"  # environment\n', text)
        self.assertIn("http_port = 1  # command line\n", text)
        self.assertIn("ws_port = 8080  # default\n", text)
        self.assertIn("# filler is not set  # default\n", text)
        for name in NAMES:
            self.assertIn(name, text)


class CheckFoldersTests(SynchronousTestCase):
    """The folders themselves."""

    def setUp(self) -> None:
        self.root = Path(self.mktemp())
        (self.root / "media").mkdir(parents=True)
        self.config = Config(
            data_dir=self.root / "data",
            media_dir=self.root / "media",
            sources={"data_dir": "environment"},
        )

    def assert_refused(self, config: Config, source: str, name: str, word: str) -> None:
        error = self.assertRaises(BadSetting, check_folders, config)
        self.assertEqual((error.source, error.name), (source, name))
        self.assertIn(word, error.sentence)

    def test_made(self) -> None:
        """The folders that are written into are made; nothing is left in them."""
        check_folders(self.config)
        check_folders(self.config)
        names = [str(path.relative_to(self.root)) for path in sorted(self.root.rglob("*"))]
        self.assertEqual(names, ["data", "data/as-run", "media"])

    def test_data_is_a_file(self) -> None:
        self.config.data_dir.touch()
        self.assert_refused(self.config, "environment", "data_dir", "writable")

    def test_data_not_writable(self) -> None:
        """A folder in which no file can be made is refused, though it is there."""

        def refuse(**where: object) -> None:
            raise OSError(errno.EACCES, "Permission denied")

        self.patch(tempfile, "TemporaryFile", refuse)
        self.assert_refused(self.config, "environment", "data_dir", "Permission denied")

    def test_read_only(self) -> None:
        """A disk that became read-only keeps no daemon from starting that was there before."""

        def refuse(*args: object, **more: object) -> None:
            raise OSError(errno.EROFS, "Read-only file system")

        check_folders(self.config)
        self.patch(tempfile, "TemporaryFile", refuse)
        check_folders(self.config)
        self.patch(Path, "mkdir", refuse)
        check_folders(self.config)
        self.config.as_run_folder.rmdir()
        self.assert_refused(self.config, "default", "as_run_dir", "Read-only file system")

    def test_as_run_is_a_file(self) -> None:
        (self.root / "file").touch()
        wrong = evolve(self.config, as_run_dir=self.root / "file")
        self.assert_refused(wrong, "default", "as_run_dir", "writable")

    def test_page(self) -> None:
        """A page that is not there is told at the start, and not by a blank screen."""
        wrong = evolve(self.config, page_dir=self.root / "nothing")
        self.assert_refused(wrong, "default", "page_dir", "no folder")
        check_folders(evolve(self.config, page_dir=self.root / "media"))

    def test_media(self) -> None:
        """The media folder is not made: an empty one would put nothing on air."""
        wrong = evolve(self.config, media_dir=self.root / "nothing")
        error = self.assertRaises(BadSetting, check_media, wrong)
        self.assertEqual((error.source, error.name), ("default", "media_dir"))
        self.assertIn("readable", error.sentence)
        check_folders(wrong)
        self.assertFalse((self.root / "nothing").exists())

    def test_media_elsewhere(self) -> None:
        """Who has the library from CasparCG needs no media folder."""
        check_media(self.config)
        check_media(
            evolve(self.config, media_dir=self.root / "nothing", media_sources=("scanner",))
        )
