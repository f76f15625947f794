"""spotipy, Spotify's Web API in Python: playlists, the library, albums, artists, search, and the player."""

import spotipy
from session import URL, check, equal, error, have, matches, step

client = spotipy.Spotify(auth="locum", retries=0, status_retries=0, requests_timeout=15)
client.prefix = f"{URL}/v1/"
ID = r"[0-9A-Za-z]{22}"


def to_the_end(page):
    """Return the items of a paging object and of those that follow it."""
    found = []
    while page and len(found) < 300:
        found += page["items"]
        page = client.next(page) if page["next"] else None
    check(len(found) < 300, "pagination does not end")
    return found


with step("me is a user"):
    seen = client.me()
    have.me = seen["id"]
    equal((seen["type"], seen["uri"]), ("user", f"spotify:user:{seen['id']}"), "type, uri")
with step("create a playlist"):
    made = client.user_playlist_create(have.me, "Morning", public=False, description="Quiet things")
    have.playlist = made["id"]
    equal(
        (made["name"], made["description"], made["public"], made["type"]),
        ("Morning", "Quiet things", False, "playlist"),
        "name, description, public, type",
    )
with step("the playlist's owner is me"):
    equal(client.playlist(have.playlist)["owner"]["id"], have.me, "owner")
with step("change the details of the playlist"):
    client.playlist_change_details(have.playlist, name="Evening")
    seen = client.playlist(have.playlist)
    equal((seen["name"], seen["description"]), ("Evening", "Quiet things"), "name, description")
with step("my playlists to the end: the new one is among them, each once"):
    ids = [one["id"] for one in to_the_end(client.current_user_playlists(limit=4))]
    check(have.playlist in ids, "the new playlist is not in the list")
    equal(len(set(ids)), len(ids), "ids")
with step("an album: its id, type, uri and artists"):
    found = to_the_end(client.new_releases(limit=4)["albums"])
    have.album = found[0]["id"]
    seen = client.album(have.album)
    matches(seen["id"], ID)
    equal((seen["id"], seen["type"]), (have.album, "album"), "id, type")
    equal(seen["uri"], f"spotify:album:{have.album}", "uri")
    check(seen["artists"] and seen["artists"][0]["name"], "it has no artist")
with step("several albums by their ids, in their order"):
    ids = [one["id"] for one in client.new_releases(limit=4)["albums"]["items"]][:3]
    equal([one["id"] for one in client.albums(ids)["albums"]], ids, "ids")
with step("the tracks of an album to the end"):
    found = to_the_end(client.album_tracks(have.album, limit=2))
    have.track = found[0]["id"]
    equal(len({one["id"] for one in found}), len(found), "ids")
    equal({one["type"] for one in found}, {"track"}, "types")
with step("a track by its id"):
    seen = client.track(have.track)
    equal(
        (seen["id"], seen["type"], seen["uri"]), (have.track, "track", f"spotify:track:{have.track}"), "id, type, uri"
    )
with step("an artist by its id, and its albums"):
    artist = client.album(have.album)["artists"][0]["id"]
    have.artist = artist
    equal(client.artist(artist)["id"], artist, "id")
    check(client.artist_albums(artist, limit=3)["items"], "there is no album")
with step("the top tracks of an artist"):
    check(client.artist_top_tracks(have.artist)["tracks"], "there is no track")
with step("search for tracks"):
    seen = client.search("quiet", type="track", limit=5)
    check(0 < len(seen["tracks"]["items"]) <= 5, f"{len(seen['tracks']['items'])} tracks")
with step("add items to the playlist, and see them"):
    check(client.playlist_add_items(have.playlist, [f"spotify:track:{have.track}"])["snapshot_id"], "no snapshot_id")
    uris = [(one.get("track") or one.get("item"))["uri"] for one in client.playlist_items(have.playlist)["items"]]
    check(f"spotify:track:{have.track}" in uris, "the track is not in the playlist")
with step("save a track: it is in the library"):
    client.current_user_saved_tracks_add([have.track])
    equal(client.current_user_saved_tracks_contains([have.track]), [True], "contains")
    check(have.track in [one["track"]["id"] for one in to_the_end(client.current_user_saved_tracks())], "not listed")
with step("remove the track: it is not in the library"):
    client.current_user_saved_tracks_delete([have.track])
    equal(client.current_user_saved_tracks_contains([have.track]), [False], "contains")
with step("save an album, and list it"):
    client.current_user_saved_albums_add([have.album])
    check(have.album in [one["album"]["id"] for one in to_the_end(client.current_user_saved_albums())], "not listed")
with step("follow an artist, and see it"):
    client.user_follow_artists([have.artist])
    equal(client.current_user_following_artists([have.artist]), [True], "contains")
with step("a category by its id"):
    found = client.categories(limit=4)["categories"]["items"]
    equal(client.category(found[0]["id"])["id"], found[0]["id"], "id")
with step("the devices, and what is played"):
    check("devices" in client.devices(), "there are no devices")
    client.pause_playback()
    client.start_playback()
    client.volume(40)
with step("the markets"):
    check(all(len(one) == 2 for one in client.available_markets()["markets"]), "a market is no country code")
with step("a user by id"):
    equal(client.user(have.me)["id"], have.me, "id")
with step("an unknown album is not found"):
    with error(spotipy.SpotifyException, lambda problem: problem.http_status == 404, "expected 404"):
        client.album("0000000000000000000000")
with step("without a token it is unauthorized"):
    nobody = spotipy.Spotify(auth="", retries=0, status_retries=0)
    nobody.prefix = client.prefix
    with error(spotipy.SpotifyException, lambda problem: problem.http_status in {400, 401}, "expected 401"):
        nobody.me()
