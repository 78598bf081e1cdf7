"""Who may come to the pages of people: their rows of the table of access."""

KEEPERS = {"own_focal_point", "other_focal_point", "administrator"}
OWN_KEEPERS = {"own_focal_point", "administrator"}
ADMINISTRATOR = {"administrator"}
# Keepers of another body do not know of these people; everybody else has no business with accounts at all.
STRANGERS = {"other_focal_point"}
NEWCOMER = {"username": "moi.1", "full_name": "Người Mới", "role": "administrator", "organisation": "own_body"}
READ = (
    ("reviews:users", (), KEEPERS, ()),
    ("reviews:user_create", (), KEEPERS, ()),
    ("reviews:user_import", (), KEEPERS, ()),
    ("reviews:user_imported", ("user_import",), OWN_KEEPERS, STRANGERS),
    ("reviews:user", ("own_person",), OWN_KEEPERS, STRANGERS),
    ("reviews:user", ("own_auditor",), ADMINISTRATOR, STRANGERS),
)
WRITE = (
    ("reviews:user_create", (), NEWCOMER, KEEPERS, (), False),
    ("reviews:user_import", (), {}, KEEPERS, (), False),
    ("reviews:user_imported", ("user_import",), {}, OWN_KEEPERS, STRANGERS, False),
    ("reviews:user", ("own_person",), NEWCOMER, OWN_KEEPERS, STRANGERS, False),
    ("reviews:user", ("own_auditor",), NEWCOMER, ADMINISTRATOR, STRANGERS, False),
    ("reviews:user_active", ("own_person",), {"active": "0", "despite": "on"}, OWN_KEEPERS, STRANGERS, True),
    ("reviews:user_active", ("own_auditor",), {"active": "0"}, ADMINISTRATOR, STRANGERS, True),
    ("reviews:user_code", ("own_person",), {}, OWN_KEEPERS, STRANGERS, True),
    ("reviews:user_code", ("own_auditor",), {}, ADMINISTRATOR, STRANGERS, True),
    ("reviews:user_codes", (), {"person": "own_person"}, OWN_KEEPERS, STRANGERS, True),
    ("reviews:user_codes", (), {"person": "own_auditor"}, ADMINISTRATOR, STRANGERS, True),
    ("reviews:user_invite", (), {"person": "own_person"}, OWN_KEEPERS, STRANGERS, True),
    ("reviews:user_units", (), {"name": "Vụ Mới"}, {"own_focal_point", "other_focal_point"}, (), True),
)
