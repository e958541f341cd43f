"""
What a file is called where the media folder is not CasparCG's own.
"""

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.addressing import addressed, fault_of_prefix


class AddressedTests(SynchronousTestCase):
    """L{addressed}."""

    def test_prefix(self) -> None:
        """One separator between prefix and name; without a prefix, nothing."""
        for prefix, told in (
            ("", "GEN/a.mov"),
            ("nodal", "nodal/GEN/a.mov"),
            ("nodal/medias/", "nodal/medias/GEN/a.mov"),
            ("Z:/nodal/medias/", "Z:/nodal/medias/GEN/a.mov"),
            ("Z:/", "Z:/GEN/a.mov"),
            ("/srv/media", "/srv/media/GEN/a.mov"),
            ("/", "/GEN/a.mov"),
            ("//nas/medias", "//nas/medias/GEN/a.mov"),
        ):
            self.assertEqual(addressed(prefix, "GEN/a.mov"), told)

    def test_absolute(self) -> None:
        """What says itself where it is stays as it is."""
        for name in ("/srv/other/slate.png", "Z:/other/slate.png", "http://host/stream.m3u8"):
            self.assertEqual(addressed("nodal", name), name)


class FaultOfPrefixTests(SynchronousTestCase):
    """L{fault_of_prefix}."""

    def test_good(self) -> None:
        """Folders, a drive, a share, and what is below them."""
        for prefix in (
            "",
            "nodal",
            "nodal/medias/",
            "Z:/",
            "Z:/nodal/medias/",
            "/",
            "/srv/été",
            "//nas/medias",
        ):
            self.assertEqual(fault_of_prefix(prefix), "")

    def test_bad(self) -> None:
        """Each fault says what would be right."""
        for prefix, word in (
            ("Z:\\nodal", "separated with /"),
            ("../media", "name folders"),
            ("nodal/./medias", "name folders"),
            ("nodal//medias", "name folders"),
            ("///nas", "name folders"),
            (" ", "name folders"),
            ("http://host", "name folders"),
            ("http:/host", "colon"),
            ("Z:nodal", "colon"),
            ("ZZ:/nodal", "colon"),
            ("a\nb", "control"),
            ("a\udcff", "control"),
            ("a" * 1_001, "at most"),
        ):
            self.assertIn(word, fault_of_prefix(prefix), prefix)
