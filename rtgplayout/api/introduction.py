# -*- test-case-name: tests.api.test_reference -*-
"""
What holds for all messages of the control protocol: the first part of its reference.
"""

from typing import Final

__all__ = ["INTRODUCTION"]

INTRODUCTION: Final = """
# The control protocol

<!-- Made by scripts/reference from the classes in rtgplayout/api; change those, not this page. -->

Operators' pages and programs work rtgplayout over a WebSocket. There are two versions. **Version
1** is that of the system that rtgplayout replaces, so that its page goes on working. **Version 2**
is for everything new: each request is answered, and changes are sent instead of whole documents.
Programs read the same in [asyncapi.json](asyncapi.json), in AsyncAPI 3.0 and JSON Schema.

- [Connecting](#connecting), [messages](#messages), [version 1](#version-1),
  [version 2](#version-2), [errors](#errors), [limits](#limits), [overview](#overview)
- [What clients ask](#what-clients-ask) and [what the server tells](#what-the-server-tells), each
  with an example

## Connecting

- `ws://HOST:8080/`, or as `ws_port` says: the port that the old page knows.
- `ws://HOST:3000/ws`, or as `http_port` says: the port of pages and thumbnails.

Both take both versions. A client that offers the subprotocol `rtgplayout.2` speaks version 2, any
other version 1. The daemon listens where `listen` says: for this machine alone, unless that is set.
There are no passwords and there is no encryption; keep it inside the studio's network, or behind a
proxy that has them. Nothing is compressed.

Browsers say which page connects. Let in are pages of the daemon's own machine (localhost), pages of
the host that they connect to, when it is called by its address or by a name without a dot, and
those of `allowed_origins`. All others get 403. Programs that name no origin are let in. At most
`max_clients` are.

The server pings every $heartbeat seconds; a client that does not answer within $silence seconds is
dropped. When the server stops it says `SERVER_SHUTDOWN` and closes with 1001. When something fails
in it while it serves a client, it closes that one connection with 1011. After any close: connect
again, and everything is told anew.

## Messages

Each is a text frame with a JSON object:

```json
{"type": "REMOVE_ITEM", "id": 7, "channel": 1, "data": {"id": "item-1"}}
```

- `type`: what it is. The sections below are called so.
- `data`: what it says. A request that has no fields need not have it.
- `id`, version 2: chosen by the client, a whole number below 2⁵³ or a string of 1 to 64
  characters. What answers the request repeats it.
- `channel`, version 2: which channel of the daemon. In a request, the first one when it is absent.

Durations and points are in seconds; version 2 has them also in frames of the channel, which are
exact. Instants are ISO 8601: told in UTC to the millisecond, `2026-03-01T18:00:00.000Z`, and taken
with `Z` or any offset. Times of day are those of the station's time zone, the setting `zone`.

What clients send is checked: nothing is converted, a number in quotes is no number. Strings are
never blank, and have no line ends or other control characters, unless it is said otherwise. What
the server tells may get more fields: pass over those that you do not know.

Long lists come in fragments of 64 kB, as WebSocket messages may (RFC 6455, 5.4), and as fast as the
client takes them. Browsers join them by themselves.

## Version 1

On connecting a client is told `PLAYLIST_FULL`, `FOLDER_LIST`, `MEDIA_LIBRARY` (later, when it is
long), `AUTOPLAY_STATUS`, `PRESET_LIST`, `TEMPLATE_ACTIVE_LIST`, and `SCAN_STARTED` when a scan
runs. After each change everybody is told the whole of what changed.

There are no answers but errors and what was asked for. Fields that are not known are passed over.
It knows the first channel only; graphics may be on any channel of CasparCG. What old pages put into
HTML as it is (files of items, names of templates and presets) is told safe to show: `’` and `”` for
plain quotes, `‹` and `›` for angle brackets, `/` for backslashes.

## Version 2

On connecting a client is told `SNAPSHOT` (several when the list is long), `FOLDER_LIST`,
`LIBRARY_STATE`, `STATUS`, `PRESET_LIST`, `TEMPLATE_ACTIVE_LIST`, `ALERTS` and `PREFLIGHT`; of
further channels `SNAPSHOT`, `STATUS` and `PREFLIGHT`.

**Each request is answered** with its `id`: by `ACK`, when it is in force, and an edit on disk; or
by `ERROR`. Edits of one client are made in the order in which they are asked for; answers come as
things are done. What is only for the one who asked (`LIBRARY_PAGE`, `IMPORT_REPORT` and others)
has the `id` too, and comes before the `ACK`. What everybody is kept up to date of (`SNAPSHOT`,
`STATUS`, `FOLDER_LIST` and others) has none, also when it was asked for, and may come after it.

**Changes, not documents.** Each edit makes the playlist one revision newer. `SNAPSHOT` says which
one it is of; `PLAYLIST_CHANGED` leads `from` one `to` the next:

- The client has revision `from`: it does the operations in order, takes over `origin` and the
  `adjustments` and `problems` that are named, and has revision `to`. When both are the same, only
  the schedule changed.
- It has a newer one: it passes over this.
- It has an older one: it asks for all with `GET_SNAPSHOT`.

Whoever is slow, and everybody when very many items are put in at once, gets a `SNAPSHOT` instead.
It takes the place of all that the client had.

Revisions count from the start of the daemon, so none of one connection means anything on another.
Library, folders and presets have revisions of their own. Folders and presets are small and told
whole. Of the library only `LIBRARY_STATE` is told at each change; what a page shows of it, it asks
for again with `SEARCH_LIBRARY`.

**When items start** follows from their lengths: one after the other, from the first one's `start`
in `adjustments`. Items for which it is otherwise, because of a hard start, stand there too; so an
edit of a long list is a short message.

**What is wrong with files** of what is scheduled for the next hours is found all the time, also
while nobody edits: `PREFLIGHT` tells it at each change, without a new revision. Items of a
`SNAPSHOT` have `warnings`, as of then; those of a `PLAYLIST_CHANGED` have none, and a `PREFLIGHT`
follows when there is something to say of them.

## Errors

What is wrong is told to its sender alone, and nothing was changed. `message` is a sentence for
people, `code` is for programs, `path` names the field at fault, as in `items[3].name`. In version 1
the sentence has the path before it.

$codes

In version 1 a hard start that cannot be kept is told as `HARD_START_ERROR`. What goes wrong on air
is told to everybody as `NOTIFICATION`, and a fault in the server itself as `CRITICAL_ERROR`. What
somebody has to do something about is an `ALERT`, told once when it begins and once when it is over,
in version 1 by a `NOTIFICATION`.

## Limits

- A message of a client: $longest bytes, $deepest objects or lists inside each other, $entries
  entries of a list.
- Messages of a client, pings too: $rate a second, or $burst at once after a rest. More are not
  looked at, which is told once (`too_fast`); after $burst of those the connection is closed with
  1008.
- Requests of a client that wait for their answers: $waiting (`busy`).
- A client that takes nothing of what it is sent for $stuck seconds is dropped, and one for which
  $piled bytes of answers pile up. Of states, only the newest waits for it.

A slow client costs the others nothing, and nothing on air waits for any of them.

## Overview

$requests

$answers
"""
"""
Markdown, with numbers and tables to be put in (L{string.Template}).
"""
