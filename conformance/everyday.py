"""Names that are other words too, of people or of programs: found in a log they would prove nothing."""

from __future__ import annotations

from typing import Final

EVERYDAY: Final = frozenset(
    # As one reads them, not one a line.
    """
    Amber April Austin Baker Ball Banks Barber Barker Bell Berry Bird Bishop Black Blue Bond Booth Bray
    Brook Brown Bull Burns Butcher Butler Carol Carpenter Case Chambers Chandler Christian Close Cole
    Cook Cooper Cross Dale Dawn Day Dean Faith Farmer Field Finch Fisher Ford Foster Fox Frank Freeman
    French Frost Fuller Gardner Glen Glover Gold Gould Grace Grant Gray Green Guy Hall Hand Hardy Harper
    Hart Hazel Heath Heather Hill Holland Holly Hope House Howe Hunt Hunter Iris Ivy Jack Jade Jay
    Jordan Joy June King Knight Lake Lamb Lane Law Leach Lee Little Lock Long Lord Love Lowe Major Mann
    Mark Marsh Mason Max May Mercy Miles Miller Mills Moss Nash Noble Norman North Page Palmer Parker
    Pat Pope Porter Potter Power Pratt Price Ray Read Reed Rice Robin Root Rose Rowe Ruth Sally Savage
    Sharp Shepherd Short Skinner Slater Smart Smith Spencer Steele Stone Storey Street Summers Swift
    Taylor Tucker Turner Tyler Victor Wade Walker Wall Walls Ward Waters Webb Webster Wells West Wheeler
    White Winter Wood Woods Wright Young
    """.split()  # noqa: SIM905
)
