"""What an error of the Hub, the network or the disk means to the person who sees it."""

import errno

# Names of exception classes rather than the classes: huggingface_hub changed the HTTP library under it more than once.
# In the order in which they are looked for, since some are kinds of others.
MEANINGS = {
    "OfflineModeIsEnabled": "the Hub must not be asked: HF_HUB_OFFLINE is set. Unset it and start Python again.",
    "HFValidationError": "that is not a name that the Hub allows. Names look like org/name.",
    "GatedRepoError": "access has to be granted. Open {hub} with this name in a browser, accept the terms, then type "
    "`hf auth login` or set HF_TOKEN.",
    "RepositoryNotFoundError": "{hub} knows no such model, or it is private. Compare the spelling with its page; for "
    "a private model type `hf auth login` or set HF_TOKEN.",
    "RevisionNotFoundError": "the model is there, but not this revision. Leave revision= out, or copy a commit from "
    "its page on {hub}.",
    "EntryNotFoundError": "the Hub lists this file and does not have it. Try again later, or name another revision=.",
    "ProxyError": "the proxy refused or does not answer. Compare HTTPS_PROXY, HTTP_PROXY and NO_PROXY with what your "
    "network asks for.",
    "TooManyRedirects": "{hub} sends from one address to the next and back. Log in to the network in a browser, and "
    "check HF_ENDPOINT.",
    "UnsupportedProtocol": "{hub} is no address. HF_ENDPOINT must begin with http:// or https://.",
    "InvalidURL": "{hub} is no address. HF_ENDPOINT must look like http://192.168.1.5:8000.",
    "JSONDecodeError": "{hub} answered with something else than a Hub does, such as a login page. Log in to the "
    "network in a browser, and check HF_ENDPOINT.",
    "FileMetadataError": "{hub} does not answer as a Hub does. Log in to the network in a browser, check HF_ENDPOINT.",
    "TimeoutException": "{hub} does not answer in time. Check the network, or HF_ENDPOINT.",
    "RemoteProtocolError": "{hub} broke the transfer off. Try again: what is whole is kept.",
    "NetworkError": "{hub} cannot be reached. Check the network, HF_ENDPOINT, and HTTPS_PROXY where there is a proxy.",
}
STATUS = {
    401: "{hub} does not accept the token. Type `hf auth login` again, or correct or unset HF_TOKEN.",
    403: "{hub} forbids it. Ask for access on the model's page, with a token that may read it in HF_TOKEN.",
    416: "{hub} and what is left of an earlier download do not agree. Try again.",
    429: "{hub} says that there were too many requests. Wait some minutes; with HF_TOKEN set the limit is higher.",
}
DISK = {
    errno.ENOSPC: "the disk is full. Delete something, or let HF_HOME name a folder on another disk.",
    errno.EDQUOT: "your quota on that disk is used up. Let HF_HOME name a folder on another disk.",
    errno.EACCES: "that may not be written. Let HF_HOME name a folder of your own.",
    errno.EPERM: "that may not be written. Let HF_HOME name a folder of your own.",
    errno.ENOENT: "that folder cannot be made. Let HF_HOME name a folder of your own.",
    errno.EFBIG: "files of that size are not allowed there. Name a folder on another disk.",
    errno.EROFS: "that disk is read-only. Let HF_HOME name a folder that can be written.",
    errno.ENOTDIR: "a file stands where a folder must be. Let HF_HOME name another folder.",
    errno.EEXIST: "a file stands where a folder must be. Let HF_HOME name another folder.",
    errno.ENAMETOOLONG: "a path is too long. Let HF_HOME name a folder with a shorter path.",
}
OTHERWISE = "Check the network and HF_ENDPOINT, or copy a folder made by `python -m nbhelpers prefetch` and load that."


def explain(error: BaseException, what: str, hub: str) -> str:
    """Return in a sentence or two why `what` could not be had from `hub`, and what to type next."""
    chain, seen = [error], error
    while seen := seen.__cause__ or seen.__context__:
        chain.append(seen)
    said = " ".join(str(error).split())[:300]
    if any("WRONG_VERSION_NUMBER" in str(link) for link in chain):
        return _sentence(
            what, "{hub} does not speak https. Let HF_ENDPOINT begin with http://.", hub, said
        )
    if any(
        "CERTIFICATE_VERIFY" in str(link) or type(link).__name__.startswith("SSL") for link in chain
    ):
        why = "the certificate of {hub} is not trusted; some networks put their own in its place. Ask for that file and "
        return _sentence(
            what, why + "let SSL_CERT_FILE name it, or use another network.", hub, said
        )
    for link in chain:
        names = {kind.__name__ for kind in type(link).__mro__}
        if "LocalEntryNotFoundError" in names and link.__cause__:  # the cause says why
            continue
        if meaning := next((MEANINGS[name] for name in MEANINGS if name in names), None):
            return _sentence(what, meaning, hub, said)
        if status := getattr(getattr(link, "response", None), "status_code", None):
            broken = f"{{hub}} has trouble of its own (status {status}). Try again in some minutes."
            return _sentence(what, STATUS.get(status, broken), hub, said)
        if isinstance(link, OSError) and link.errno in DISK:
            return _sentence(what, f"{link.filename or 'the cache'}: {DISK[link.errno]}", hub, said)
        if "Consistency check failed" in str(link):
            return _sentence(what, "the transfer ended before the file did. Try again.", hub, said)
    return _sentence(what, f"{type(error).__name__}. {OTHERWISE}", hub, said)


def _sentence(what: str, why: str, hub: str, said: str) -> str:
    return f"{what} could not be fetched: {why.format(hub=hub)} (It was said: {said or 'nothing'})"
