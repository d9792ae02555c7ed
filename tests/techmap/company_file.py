"""Writes a file in the layout of Companies House's bulk data, with fictional companies, the same for each seed.

python tests/techmap/company_file.py 100000 companies.csv
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

# As the published file has it: some heads begin with a space.
HEADING = (
    "CompanyName, CompanyNumber,RegAddress.CareOf,RegAddress.POBox,RegAddress.AddressLine1, RegAddress.AddressLine2,"
    "RegAddress.PostTown,RegAddress.County,RegAddress.Country,RegAddress.PostCode,CompanyCategory,CompanyStatus,"
    "CountryOfOrigin,DissolutionDate,IncorporationDate,Accounts.AccountRefDay,Accounts.AccountRefMonth,"
    "Accounts.NextDueDate,Accounts.LastMadeUpDate,Accounts.AccountCategory,Returns.NextDueDate,Returns.LastMadeUpDate,"
    "Mortgages.NumMortCharges,Mortgages.NumMortOutstanding,Mortgages.NumMortPartSatisfied,Mortgages.NumMortSatisfied,"
    "SICCode.SicText_1,SICCode.SicText_2,SICCode.SicText_3,SICCode.SicText_4,LimitedPartnerships.NumGenPartners,"
    "LimitedPartnerships.NumLimPartners,URI,"
    + ",".join(f"PreviousName_{n}.CONDATE, PreviousName_{n}.CompanyName" for n in range(1, 11))
    + ",ConfStmtNextDueDate, ConfStmtLastMadeUpDate"
)
HEADS = HEADING.split(",")
FIRST = ("ALDER", "BRACKEN", "CHARNWOOD", "DOVE", "ELM", "FENLAND", "GORSE", "HAZEL", "IVY", "JUNIPER", "LARKSPUR")
SECOND = ("VALLEY", "& SONS", "BROOK", "HILL", "MOOR", "POINT", "GATE", "CROSS", "O'NEILL", "\u00c9LAN")
TRADE = ("DIGITAL", "SYSTEMS", "HOSTING", "DATA", "SOFTWARE", "ANALYTICS", "SECURITY", "NETWORKS", "CATERING", "FARMS")
KINDS = (("Private Limited Company", "LIMITED"), ("Limited Liability Partnership", "LLP"))
TOWNS = (
    ("LEEDS", "LS1 4AP"),
    ("CARDIFF", "CF10 3AT"),
    ("GLASGOW", "G2 1AL"),
    ("YORK", "YO1 7HH"),
    ("LONDON", "SE1 9GF"),
)
STATUSES = ("Active", "Active", "Active", "Active", "Active - Proposal to Strike off", "Liquidation")
SIC = ("62012 - Business and domestic software development", "62020 - Information technology consultancy activities")


def company_rows(number: int, seed: int = 1) -> Iterator[list[str]]:
    """So many rows of cells under `HEADS`."""
    chance = random.Random(seed)
    for place in range(1, number + 1):
        yield company_row(place, chance)


def company_row(place: int, chance: random.Random) -> list[str]:
    category, ending = chance.choice(KINDS)
    town, postcode = chance.choice(TOWNS)
    name = f"{chance.choice(FIRST)} {chance.choice(SECOND)} {chance.choice(TRADE)} {place} {ending}"
    cells = dict.fromkeys((head.strip() for head in HEADS), "")
    cells |= {
        "CompanyName": name,
        "CompanyNumber": f"{place:08d}" if chance.random() < 0.9 else f"SC{place:06d}",
        "RegAddress.AddressLine1": f"{chance.randint(1, 300)} HIGH STREET, UNIT {chance.randint(1, 9)}",
        "RegAddress.PostTown": town,
        "RegAddress.Country": chance.choice(("UNITED KINGDOM", "ENGLAND", "")),
        "RegAddress.PostCode": postcode,
        "CompanyCategory": category,
        "CompanyStatus": chance.choice(STATUSES),
        "CountryOfOrigin": "United Kingdom",
        "IncorporationDate": f"{chance.randint(1, 28):02d}/{chance.randint(1, 12):02d}/{chance.randint(1980, 2024)}",
        "Accounts.AccountRefDay": "31",
        "Accounts.AccountCategory": "TOTAL EXEMPTION FULL",
        "Mortgages.NumMortCharges": "0",
        "SICCode.SicText_1": chance.choice(SIC),
        "SICCode.SicText_2": chance.choice((*SIC, "", "None Supplied")),
        "URI": f"http://business.data.gov.uk/id/company/{place:08d}",
    }
    if chance.random() < 0.1:
        cells |= {"PreviousName_1.CONDATE": "01/02/2010", "PreviousName_1.CompanyName": f"OLD {name}"}
    return list(cells.values())


def write_companies(file: TextIO, number: int, seed: int = 1) -> None:
    file.write(HEADING + "\n")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(company_rows(number, seed))


if __name__ == "__main__":
    with Path(sys.argv[2]).open("w", newline="", encoding="utf-8") as opened:
        write_companies(opened, int(sys.argv[1]))
