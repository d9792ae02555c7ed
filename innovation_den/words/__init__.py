"""What is recorded in the dens, in words for a History page, one file a part."""

from innovation_den.words import day, dens, panels, pilots, results, schedule

WORDS: dict[str, str] = {
    **dens.WORDS,
    **panels.WORDS,
    **schedule.WORDS,
    **day.WORDS,
    **results.WORDS,
    **pilots.WORDS,
}
