"""The command line: python -m nbhelpers prefetch | serve | doctor."""

import argparse
import sys


def main(arguments: list[str] | None = None) -> int:
    """Return 0 once the command has done its work, 1 after saying what stands against it."""
    parser = argparse.ArgumentParser(
        prog="python -m nbhelpers", description="Models for machines without a network."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    fetch = commands.add_parser(
        "prefetch", help="fill a folder with everything that a model needs without a network"
    )
    fetch.add_argument("source", help='"biomedclip" or "hf-hub:org/name"')
    fetch.add_argument("folder", help="such as checkpoints/biomedclip")
    fetch.add_argument(
        "--revision", help="a commit, tag or branch; the pinned one of BiomedCLIP, else main"
    )
    fetch.add_argument(
        "--no-verify",
        action="store_true",
        help="take weights of another checksum than the pinned one",
    )
    give = commands.add_parser(
        "serve", help="give the model of a folder to other machines, read-only"
    )
    give.add_argument("folder", help="a prefetched folder, or example_data/phantom_clip")
    give.add_argument("--host", default="0.0.0.0", help="the address to listen at; all by default")
    give.add_argument("--port", type=int, default=8000)
    give.add_argument(
        "--name", help="org/name under which to give a folder that was not prefetched"
    )
    look = commands.add_parser(
        "doctor", help="say what is here, what is missing, and what to do about it"
    )
    look.add_argument(
        "folder", nargs="?", help="a model's folder, every file of which is to be checked"
    )
    options = parser.parse_args(arguments)

    try:
        return run(options)
    except ModuleNotFoundError as error:
        then = "Type `make lab` once, then `source .venv/bin/activate`, and the command again."
        print(f"{sys.executable} has no {error.name}. {then}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    """Do what the command asks; return the exit code."""
    from .folders import ModelLoadError

    try:
        if options.command == "doctor":
            from .doctor import doctor

            return doctor(options.folder)
        if options.command == "serve":
            from .serve import serve

            serve(options.folder, options.host, options.port, options.name)
        else:
            from .offline import prefetch

            verify = not options.no_verify
            folder = prefetch(
                options.source, options.folder, revision=options.revision, verify=verify
            )
            print(
                f"{folder} is whole. It loads on any machine, without a network: load_model({str(folder)!r})"
            )
    except (ModelLoadError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "Stopped. What is whole is kept; the same command goes on from here.", file=sys.stderr
        )
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
