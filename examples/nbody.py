"""Stars that attract each other: all pairs at once by broadcasting, leapfrog steps, and the energy that should stay."""

import clnd as np

SOFTENING = 0.1


def accelerations(position, mass):
    """What the others' gravity does to each star."""
    apart = position[np.newaxis, :, :] - position[:, np.newaxis, :]
    squared = (apart**2).sum(axis=-1) + SOFTENING**2
    inverse_cube = squared**-1.5
    return (apart * inverse_cube[:, :, np.newaxis] * mass[:, np.newaxis]).sum(axis=1)


def energy(position, velocity, mass):
    """Kinetic and potential energy; each pair counts once."""
    kinetic = 0.5 * np.sum(mass * np.sum(velocity**2, axis=1))
    i, j = np.triu_indices(len(mass), k=1)
    distance = np.sqrt(np.sum((position[i] - position[j]) ** 2, axis=1) + SOFTENING**2)
    return kinetic - np.sum(mass[i] * mass[j] / distance)


def simulate(position, velocity, mass, steps, dt=0.01):
    """Positions after ``steps``; both arrays are moved in place. Returns each step's energy, too."""
    energies = np.zeros(steps)
    force = accelerations(position, mass)
    for k in range(steps):
        velocity += 0.5 * dt * force
        position += dt * velocity
        force = accelerations(position, mass)
        velocity += 0.5 * dt * force
        energies[k] = energy(position, velocity, mass)
    return energies


def main(stars=500, steps=50):
    rng = np.random.default_rng(17)
    mass = np.full(stars, 20.0 / stars)
    position = rng.standard_normal((stars, 3))
    velocity = rng.standard_normal((stars, 3))
    velocity -= np.average(velocity, axis=0, weights=mass)
    energies = simulate(position, velocity, mass, steps)
    drift = np.abs(energies / energies[0] - 1).max()
    centre = mass @ position / mass.sum()
    radius = np.linalg.norm(position - centre, axis=1)
    print(f"energy {energies[0]:.4f}, largest drift {drift:.1e}")
    print(f"half of the mass is within {np.median(radius):.3f}, the farthest star at {radius.max():.3f}")
    print("nearest five stars:", np.argsort(radius)[:5])


if __name__ == "__main__":
    main()
