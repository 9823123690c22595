"""`python -m hashgrade.decode`: the zygote; see `hashgrade.decode.zygote`."""

from hashgrade.decode.zygote import main

if __name__ == "__main__":
    main()
